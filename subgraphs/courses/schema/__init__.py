"""The courses schema, ready to serve. `SCHEMA.sdl` is what `schema.graphql` holds."""

from subgraphs.courses.schema.mutations import Mutation
from subgraphs.courses.schema.queries import Query
from subgraphs.courses.schema.types import Course
from subgraphs.shared.federation import SubgraphSchema

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, types=[Course])

__all__ = ["SCHEMA"]
