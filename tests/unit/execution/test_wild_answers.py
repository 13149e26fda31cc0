"""Subgraphs that answer anything at all: both executors give the same, well-formed response and never raise.

The answers of three subgraphs are taken apart and put together wrong, at random but repeatably. For every response the
data is checked against the API schema, and every null where the schema forbids one must have gone up.
"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.executor import ExecutionResult, execute_plan
from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.operation.model import FieldSelection, Operation, SelectionSet
from router.query_plan.nodes import ParallelNode, RepresentationShape, RequiredField, SequenceNode
from router.query_plan.plan import QueryPlan
from router.type_system.model import ListType, NonNullType, TypeRef

from .graph import entity_fetch, key, operation_of, root_fetch, services, types

QUERY = """
query($on: Boolean!) {
  me { ...P best { ...P best { ...P } } }
  users { ...P friends { ...P } }
  team { id email }
  media { __typename id title ... on Book { pages } ... on Film { minutes } }
  things { id label }
}
fragment P on User {
  __typename id name email age @include(if: $on) rank tags score active address { city street } blob
}
"""

_USERS = (
    "{ me { ...U best { ...U best { ...U } } } users { ...U friends { ...U } } team { ...U } }"
    " fragment U on User { __typename id name }"
)
_FULL = RepresentationShape(("User",), (key(), RequiredField("name", "name", key=False)))

PLAN = QueryPlan(
    SequenceNode(
        (
            ParallelNode(
                (
                    root_fetch("a", _USERS),
                    root_fetch("c", "{ media { __typename id title } things { id label } }", id=1),
                )
            ),
            ParallelNode(
                (
                    entity_fetch(
                        "b",
                        ("me", "me.best", "me.best.best", "users.@", "users.@.friends.@", "team.@"),
                        "... on User { email age rank tags score active address { city } }",
                        id=2,
                    ),
                    entity_fetch(
                        "c",
                        "media",
                        "... on Media { __typename ... on Book { pages } ... on Film { minutes } }",
                        shapes=(RepresentationShape(("Media", "Book", "Film"), (key(),), typename="Media"),),
                        id=3,
                    ),
                )
            ),
            entity_fetch(
                "a",
                ("users.@", "users.@.friends.@", "me", "me.best", "me.best.best"),
                "... on User { address { street } blob }",
                shapes=(_FULL,),
                id=4,
            ),
        )
    )
)

_ODD: tuple[Any, ...] = (
    *(None, 0, 1, -1, 1.0, 2**70, True, False, "", "1", "User", "Film"),
    *([], {}, [None], [[]], {"id": None}),
)

_PATHS: tuple[Any, ...] = (None, ["me"], ["_entities", 0], ["_entities", 1, "email"], ["users", 0, "name"], [{}], "x")


def _user(chosen: random.Random, depth: int) -> dict[str, Any]:
    user: dict[str, Any] = {
        "__typename": "User",
        "id": str(chosen.randint(1, 4)),
        "name": chosen.choice(["x", "y", None]),
    }
    if depth:
        user["best"] = _user(chosen, depth - 1)
        user["friends"] = [_user(chosen, 0) for _ in range(chosen.randint(0, 3))]
    return user


class Wild:
    """Answers properly, then spoils what it said. Equal seeds give equal answers to equal requests."""

    def __init__(self, seed: int, spoils: int) -> None:
        self.seed = seed
        self.spoils = spoils

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        chosen = random.Random(f"{self.seed} {request.subgraph} {body['query']}")
        answer = self.good(chosen, request.subgraph, body)
        for _ in range(chosen.randint(0, self.spoils)):
            answer = self.spoil(chosen, answer)
        if self.spoils and chosen.random() < 0.05:
            raise TransportError("gone")
        raw = json.dumps(answer).encode()
        if self.spoils and chosen.random() < 0.05:
            raw = raw[: chosen.randint(0, len(raw))]
        return SubgraphResponse(chosen.choice([200] * 10 + [500, 204]) if self.spoils else 200, {}, raw)

    def good(self, chosen: random.Random, subgraph: str, body: dict[str, Any]) -> Any:
        wanted = body.get("variables", {}).get("representations")
        if wanted is None and subgraph == "a":
            users = [_user(chosen, 1) for _ in range(chosen.randint(0, 4))]
            return {"data": {"me": _user(chosen, 2), "users": users, "team": [_user(chosen, 0)]}}
        if wanted is None:
            media = {"__typename": "Media", "id": "1", "title": "T"}
            return {"data": {"media": media, "things": [{"id": "1", "label": "l"}, {"id": 2, "label": "m"}]}}
        return {"data": {"_entities": [self.entity(subgraph, body["query"], item) for item in wanted]}}

    def entity(self, subgraph: str, query: str, item: dict[str, Any]) -> dict[str, Any]:
        number = str(item["id"])
        if subgraph == "c":
            return {"__typename": "Film", "minutes": 90}
        if "blob" in query:
            return {"blob": {"of": item.get("name")}, "address": {"street": f"s{number}"}}
        values = {"email": f"e{number}", "age": 3, "rank": "LOW", "tags": ["t"], "score": 0.5, "active": True}
        return {**values, "address": {"city": f"c{number}"}}

    def spoil(self, chosen: random.Random, answer: Any) -> Any:
        answer = copy.deepcopy(answer)
        places: list[tuple[Any, Any]] = []

        def walk(value: Any) -> None:
            steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for step, inner in steps:
                places.append((value, step))
                walk(inner)

        walk(answer)
        if not places:
            return answer
        parent, step = chosen.choice(places)
        roll = chosen.random()
        if roll < 0.5:
            parent[step] = chosen.choice(_ODD)
        elif roll < 0.7:
            del parent[step]
        elif roll < 0.8 and isinstance(parent, list):
            parent.append(copy.deepcopy(chosen.choice(parent)))
        elif isinstance(answer, dict):
            errors = answer.get("errors")
            more = {"message": "spoilt", "path": chosen.choice(_PATHS)}
            answer["errors"] = [*(errors if isinstance(errors, list) else []), more]
        return answer

    async def aclose(self) -> None:
        pass


async def both(seed: int, spoils: int) -> tuple[Operation, ExecutionResult, ExecutionResult, bool]:
    operation = operation_of(QUERY)
    variables = {"on": seed % 2 == 0}
    known = services(Wild(seed, spoils), "a", "b", "c")
    reference = await execute_plan(PLAN, operation, variables, known, RequestContext())
    compiled = await CompiledPlan(PLAN, operation, known.types).execute(variables, known, RequestContext(), {})
    fast = compiled.encoded is not None
    data = json.loads(compiled.encoded) if compiled.encoded is not None else compiled.data
    return operation, reference, ExecutionResult(data, compiled.errors), fast


@pytest.mark.parametrize("batch", range(8))
async def test_both_executors_agree_on_spoilt_answers(batch: int) -> None:
    fast = 0
    for seed in range(batch * 60, batch * 60 + 60):
        operation, reference, compiled, quick = await both(seed, spoils=seed % 4)
        fast += quick
        assert json.dumps(reference.data) == json.dumps(compiled.data), seed
        assert list(reference.errors) == list(compiled.errors), seed
        assert conforms(reference.data, operation), seed
        for error in reference.errors:
            assert error.path is None or "_entities" not in error.path, seed
    assert 0 < fast < 60  # what goes well is compiled, what doesn't isn't


async def test_good_answers_never_need_the_reference() -> None:
    for seed in range(40):
        _, reference, compiled, fast = await both(seed, spoils=0)
        assert fast
        assert json.dumps(reference.data) == json.dumps(compiled.data)


def conforms(data: Any, operation: Operation) -> bool:
    known = types()

    def value_fits(value: Any, ref: TypeRef, sets: list[SelectionSet]) -> bool:
        if isinstance(ref, NonNullType):
            return value is not None and value_fits(value, ref.of, sets)
        if value is None:
            return True
        if isinstance(ref, ListType):
            return isinstance(value, list) and all(value_fits(item, ref.of, sets) for item in value)
        check = known.leaves.get(ref.name)
        if check is not None:
            return bool(check(value) == value)
        return isinstance(value, dict) and object_fits(value, sets)

    def object_fits(value: dict[str, Any], sets: list[SelectionSet]) -> bool:
        fields: dict[str, list[FieldSelection]] = {}

        def collect(inner: list[SelectionSet]) -> None:
            for selection_set in inner:
                for item in selection_set.selections:
                    if isinstance(item, FieldSelection):
                        fields.setdefault(item.response_name, []).append(item)
                    else:
                        collect([item.selection_set])

        collect(sets)
        return all(
            name in fields
            and value_fits(inner, fields[name][0].type, [i.selection_set for i in fields[name] if i.selection_set])
            for name, inner in value.items()
        )

    return data is None or object_fits(data, [operation.selection_set])
