"""The users schema, ready to serve. `SCHEMA.sdl` is what `schema.graphql` holds."""

from subgraphs.shared.federation import SubgraphSchema
from subgraphs.users.schema.mutations import Mutation
from subgraphs.users.schema.queries import Query
from subgraphs.users.schema.types import User

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, types=[User])

__all__ = ["SCHEMA"]
