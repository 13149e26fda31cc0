"""A small graph for tests of execution, with plans written by hand and subgraphs that answer as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import parse

from router.execution.executor import ExecutionResult
from router.execution.subrequests import Services, SubgraphEndpoint
from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.types import ExecutionTypes, execution_types
from router.operation.model import Operation
from router.operation.normalise import normalise
from router.query_plan.nodes import (
    EntityInput,
    FetchNode,
    FieldStep,
    ListStep,
    Path,
    RepresentationShape,
    RequiredField,
    TypeStep,
)
from router.type_system.reader import read_schema

SDL = """
type Query { me: User users: [User] team: [User!] media: Media things: [Thing!]! strict: User! any: Media search: Hit }
type Mutation { first: Int second: Int }
type Subscription { joined: User }
type User { id: ID! name: String email: String! age: Int rank: Rank tags: [String!] score: Float active: Boolean
  friends: [User] best: User blob: Blob address: Address team: String }
type Address { street: String city: String }
enum Rank { LOW HIGH }
scalar Blob
interface Media { id: ID! title: String }
type Book implements Media { id: ID! title: String pages: Int }
type Film implements Media { id: ID! title: String minutes: Int }
type Thing { id: ID! label: String! }
union Hit = User | Book
"""

#: What subgraphs know beside: a type and an enum value that clients may not see.
HIDDEN = "type Secret implements Media { id: ID! title: String }"


def types() -> ExecutionTypes:
    return execution_types(read_schema(SDL), read_schema(SDL + HIDDEN))


def operation_of(query: str) -> Operation:
    return normalise(parse(query), None, read_schema(SDL))


Handler = Callable[[dict[str, Any]], Any]


@dataclass
class FakeTransport:
    """Answers by subgraph: a JSON-like response, bytes, an exception, a whole response, or a function of the body."""

    answers: Mapping[str, Any]
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        self.requests.append((request.subgraph, body))
        answer = self.answers[request.subgraph]
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, list):
            answer = answer[sum(1 for name, _ in self.requests if name == request.subgraph) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, SubgraphResponse):
            return answer
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return SubgraphResponse(200, {"content-type": "application/json"}, raw)

    async def aclose(self) -> None:
        pass


def services(transport: Any, *names: str) -> Services:
    return Services(
        transport=transport,
        endpoints={name: SubgraphEndpoint(name, f"http://{name}.test/graphql") for name in names},
        types=types(),
    )


def path(text: str) -> Path:
    """``users.@.best`` as steps; ``|Book,Film`` narrows."""
    steps: list[Any] = []
    for part in text.split("."):
        name, _, narrowed = part.partition("|")
        if name:
            steps.append(ListStep() if name == "@" else FieldStep(name))
        if narrowed:
            steps.append(TypeStep(tuple(narrowed.split(","))))
    return tuple(steps)


def root_fetch(service: str, selection: str, **more: Any) -> FetchNode:
    return FetchNode(id=more.pop("id", 0), service=service, operation=selection, **more)


def key(name: str = "id", **more: Any) -> RequiredField:
    return RequiredField(name, more.pop("source", name), **{"non_null": True, **more})


def entity_fetch(service: str, at: str | tuple[str, ...], selection: str, **more: Any) -> FetchNode:
    """An ``_entities`` fetch; ``selection`` is what stands in it, such as ``... on User { email }``."""
    paths = (at,) if isinstance(at, str) else at
    shapes = more.pop("shapes", (RepresentationShape(("User",), (key(),)),))
    contexts = more.pop("contexts", ())
    source = EntityInput("_entities", "representations", tuple(path(item) for item in paths), shapes, contexts)
    variables = "".join(f", ${item.variable}: {item.type}" for item in contexts)
    document = (
        f"query($representations: [_Any!]!{variables}) "
        f"{{ _entities(representations: $representations) {{ {selection} }} }}"
    )
    return FetchNode(id=more.pop("id", 1), service=service, operation=document, inputs=(source,), **more)


def failing(message: str = "refused") -> TransportError:
    return TransportError(message)


def told(result: ExecutionResult) -> list[tuple[str, list[str | int] | None]]:
    """Errors as pairs of message and path."""
    return [(error.message, None if error.path is None else list(error.path)) for error in result.errors]


def places(result: ExecutionResult) -> list[list[str | int] | None]:
    return [place for _, place in told(result)]
