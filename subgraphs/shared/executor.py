"""The executor of a subgraph: the GraphQL library's, told what can't be awaited here.

Enters: a validated document. Leaves: an execution result. Invariant: results equal those of the library's own
executor.
"""

from __future__ import annotations

from types import CoroutineType, GeneratorType
from typing import Any

from graphql.execution import Executor


def is_awaitable(value: object) -> bool:
    """Only coroutines and futures come out of resolvers; asking for less than the library does is quicker."""
    kind = type(value)
    return kind is CoroutineType or (kind is not GeneratorType and hasattr(kind, "__await__"))


class SubgraphExecutor(Executor[Any]):
    is_awaitable = staticmethod(is_awaitable)  # type: ignore[assignment]
