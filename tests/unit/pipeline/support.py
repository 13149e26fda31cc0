"""A supergraph of two subgraphs, and a transport that answers with what each holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.execution.context import RequestContext
from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.pipeline import GraphQLRequest, GraphQLResponse, Pipeline, PipelineSettings
from router.supergraph.model import Supergraph
from router.supergraph.reader import read_supergraph

SDL = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
{ query: Query mutation: Mutation subscription: Subscription }
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String,
  contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM |
  INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar join__DirectiveArguments
scalar join__FieldValue
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  ACCOUNTS @join__graph(name: "accounts", url: "http://accounts.test/graphql")
  REVIEWS @join__graph(name: "reviews", url: "http://reviews.test/graphql")
}
type Query @join__type(graph: ACCOUNTS) @join__type(graph: REVIEWS) {
  me: User @join__field(graph: ACCOUNTS)
  user(id: ID!, note: Note): User @join__field(graph: ACCOUNTS)
}
input Note @join__type(graph: ACCOUNTS) { text: String!, size: Int = 3 }
type Mutation @join__type(graph: ACCOUNTS) { rename(name: String!): User @join__field(graph: ACCOUNTS) }
type Subscription @join__type(graph: ACCOUNTS) { joined: User @join__field(graph: ACCOUNTS) }
type User @join__type(graph: ACCOUNTS, key: "id") @join__type(graph: REVIEWS, key: "id") {
  id: ID!
  name: String @join__field(graph: ACCOUNTS)
  friend: User @join__field(graph: ACCOUNTS)
  karma: Int @join__field(graph: REVIEWS)
}
"""

ME = {"__typename": "User", "id": "1", "name": "Ada", "friend": None}


def supergraph() -> Supergraph:
    return read_supergraph(SDL)


@dataclass
class Subgraphs:
    """Answers each subgraph's requests by a function of the body, ``None`` for the usual answer; keeps all requests."""

    answers: Mapping[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    requests: list[SubgraphRequest] = field(default_factory=list)
    delay: float = 0.0

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        await asyncio.sleep(self.delay)
        body = json.loads(request.body)
        make = self.answers.get(request.subgraph)
        answer = make(body) if make is not None else usual(request.subgraph, body)
        if isinstance(answer, TransportError):
            raise answer
        return SubgraphResponse(200, {"x-from": request.subgraph}, json.dumps(answer).encode())

    async def aclose(self) -> None:
        pass

    def bodies(self, subgraph: str) -> list[dict[str, Any]]:
        return [json.loads(item.body) for item in self.requests if item.subgraph == subgraph]


def usual(subgraph: str, body: dict[str, Any]) -> Any:
    if subgraph == "reviews":
        wanted = body["variables"]["representations"]
        return {"data": {"_entities": [{"__typename": "User", "karma": int(item["id"]) * 10} for item in wanted]}}
    if body["query"].startswith("mutation"):
        return {"data": {"rename": ME}}
    return {"data": {"me": ME, "user": ME, "b": ME}}


def pipeline(transport: Subgraphs, /, **settings: Any) -> Pipeline:
    return Pipeline(supergraph(), PipelineSettings(**settings), transport)


async def ask(
    target: Pipeline, query: str, context: RequestContext | None = None, **more: Any
) -> tuple[GraphQLResponse, dict[str, Any]]:
    response = await target.run(GraphQLRequest(query, **more), context or RequestContext())
    return response, json.loads(response.body)


def codes(body: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]
