"""A request's whole life: parse -> validate -> normalise -> plan -> execute.

Enters: a GraphQL request and its context. Leaves: the bytes of a GraphQL response. Invariant: nothing is sent to a
subgraph before the whole request was found good.
"""

from router.execution.errors import ErrorPolicy
from router.pipeline.explanation import Explanation
from router.pipeline.pipeline import Pipeline
from router.pipeline.request import GraphQLRequest, GraphQLResponse
from router.pipeline.settings import PipelineSettings, SubgraphSettings

__all__ = [
    "ErrorPolicy",
    "Explanation",
    "GraphQLRequest",
    "GraphQLResponse",
    "Pipeline",
    "PipelineSettings",
    "SubgraphSettings",
]
