"""The federated schema of a subgraph: Strawberry's, with entities resolved in batches.

Enters: root types and entity types. Leaves: a schema whose `_entities` asks each entity type once for all of
its representations, and the SDL that composition reads.
Invariants: a representation that can't be resolved is an error or a null at its own position only; the
caller's variables are never changed; of a representation only the key is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Final, Protocol, cast, runtime_checkable
from uuid import UUID

import strawberry
from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    Undefined,
    parse,
    print_ast,
)
from strawberry.federation.schema import FederationAny
from strawberry.printer import print_schema
from strawberry.types import Info
from strawberry.types.base import StrawberryObjectDefinition

from subgraphs.shared.errors import BadUserInput
from subgraphs.shared.executor import install_readers
from subgraphs.shared.identity import parse_id
from subgraphs.shared.tracing import TRACING

FEDERATION_VERSION: Final = "2.9"

#: What the federation specification adds to every subgraph by itself.
MACHINERY: Final = frozenset({"_service", "_entities", "_Service", "_Entity", "_Any"})

Representation = Mapping[str, Any]

#: How many times as many representations one request may bring as one `_entities` may: routers ask for several at once,
#: and without a bound a request of a few characters would be answered with a hundred thousand errors.
SEVERAL: Final = 5


class Asked:
    """How many representations one request has brought so far."""

    __slots__ = ("representations",)

    def __init__(self) -> None:
        self.representations = 0


#: Of the request that is answered here; the endpoint begins a new one.
ASKED: Final[ContextVar[Asked]] = ContextVar("asked")


@runtime_checkable
class ResolvesReferences(Protocol):
    """An entity type that this subgraph can enter at."""

    @classmethod
    async def resolve_references(cls, info: Info, ids: Sequence[UUID | None]) -> Sequence[object]:
        """One answer an id, in order: the entity, None for an unknown one (a None id never exists), or an exception."""
        ...


class SubgraphSchema(strawberry.federation.Schema):
    """`types` must name every entity, since one that only a union reaches would not be found otherwise.

    `sdl` is Federation 2 SDL with its `@link`, without the machinery that the specification adds to a subgraph.
    """

    sdl: str

    def __init__(self, query: type, mutation: type | None, types: Sequence[type]) -> None:
        super().__init__(query=query, mutation=mutation, types=types, federation_version=FEDERATION_VERSION)
        drop_null_defaults(self._schema)
        install_readers(self, self._schema)
        self._entities = find_entities(self)
        self.sdl = print_subgraph_sdl(self)
        service = cast(GraphQLObjectType, self._schema.type_map["_Service"])
        service.fields["sdl"].resolve = lambda *_: self.sdl

    @property
    def executable(self) -> GraphQLSchema:
        return self._schema

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> Any:
        return self._resolve_entities(info, cast(list[object], representations))

    async def _resolve_entities(self, info: Info, representations: list[object]) -> list[object]:
        limit = info.context.settings.max_representations
        if len(representations) > limit:
            raise BadUserInput(f"At most {limit} representations may be asked for at once.")
        asked = ASKED.get(None) or Asked()
        asked.representations += len(representations)
        if asked.representations > SEVERAL * limit:
            raise BadUserInput(f"At most {SEVERAL * limit} representations may be asked for in one request.")
        answers: list[object] = [None] * len(representations)
        groups: dict[str, tuple[type[ResolvesReferences], list[int]]] = {}
        for position, representation in enumerate(representations):
            try:
                name, entity = self._entity_of(representation)
            except BadUserInput as error:
                answers[position] = error
            else:
                groups.setdefault(name, (entity, []))[1].append(position)
        fills = [
            fill_answers(info, entity, positions, cast(list[Representation], representations), answers)
            for entity, positions in groups.values()
        ]
        if len(fills) == 1:
            await fills[0]  # the usual case needs no task
        else:
            await asyncio.gather(*fills)
        return answers

    def _entity_of(self, representation: object) -> tuple[str, type[ResolvesReferences]]:
        if not isinstance(representation, Mapping):
            raise BadUserInput("A representation must be an object.")
        name = representation.get("__typename")
        entity = self._entities.get(name) if isinstance(name, str) else None
        if entity is None:
            raise BadUserInput("This service resolves no entity of the representation's __typename.")
        if not isinstance(representation.get("id"), (str, int)):
            raise BadUserInput("A representation must carry the key field id.")
        return cast(str, name), entity


async def fill_answers(
    info: Info,
    entity: type[ResolvesReferences],
    positions: list[int],
    representations: list[Representation],
    answers: list[object],
) -> None:
    """Resolve one type's representations with one call; a failure of the call is an error at each of them."""
    tracing = TRACING.get()
    try:
        with nullcontext() if tracing is None else tracing.entities(entity.__name__, len(positions)):
            found = await entity.resolve_references(info, [parse_id(representations[at]["id"]) for at in positions])
        if len(found) != len(positions):
            raise RuntimeError(f"{entity.__name__}.resolve_references gave {len(found)} answers to {len(positions)}")
    except Exception as error:
        for at in positions:
            answers[at] = error
    else:
        for at, answer in zip(positions, found, strict=True):
            answers[at] = answer


def find_entities(schema: SubgraphSchema) -> dict[str, type[ResolvesReferences]]:
    """The types by name that this subgraph can enter at."""
    definitions = {name: schema.get_type_by_name(name) for name in schema.executable.type_map}
    return {
        name: cast(type[ResolvesReferences], definition.origin)
        for name, definition in definitions.items()
        if isinstance(definition, StrawberryObjectDefinition) and hasattr(definition.origin, "resolve_references")
    }


def drop_null_defaults(schema: GraphQLSchema) -> None:
    """An argument that may be left out needs no `= null`; the resolver's own default stands for it."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                for argument in field.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined


def print_subgraph_sdl(schema: SubgraphSchema) -> str:
    """The schema as composition reads it: with `@link`, without `_service`, `_entities` and their types."""
    document = parse(print_schema(schema))
    kept: list[DefinitionNode] = []
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode) and node.name.value in MACHINERY:
            continue
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value == "Query":
            node = replace(node, fields=tuple(f for f in node.fields or () if f.name.value not in MACHINERY))
        kept.append(node)
    return print_ast(DocumentNode(definitions=tuple(kept))) + "\n"
