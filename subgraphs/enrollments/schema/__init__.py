"""The enrollments schema, ready to serve. `SCHEMA.sdl` is what `schema.graphql` holds."""

from subgraphs.enrollments.schema.mutations import Mutation
from subgraphs.enrollments.schema.queries import Query
from subgraphs.enrollments.schema.types import Course, Enrollment, User
from subgraphs.shared.federation import SubgraphSchema

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, types=[Course, Enrollment, User])

__all__ = ["SCHEMA"]
