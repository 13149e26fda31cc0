"""The oracle for deferred answers finds what is wrong with payloads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import DocumentNode

from router.verification.dataset import Dataset, read_dataset
from router.verification.deferred import compare_payloads
from router.verification.monolith import Monolith

SDL = "type Query { me: User } type User { id: ID name: String friends: [User!] }"
DATA = {
    "User": [
        {"id": "1", "name": "Ada", "friends": [{"$ref": "User", "id": "2"}, {"$ref": "User", "id": "1"}]},
        {"id": "2", "name": "Bob", "friends": []},
    ],
    "Query": {"me": {"$ref": "User", "id": "1"}},
}
OPERATION = """
query ($now: Boolean = false) {
  me { id ...Later @defer(label: "later") ... @defer(if: $now) { name } ... @defer(if: false) { id } }
}
fragment Later on User { id friends { id ... @defer(label: "names") { name } } }
"""
GOOD: list[dict[str, Any]] = [
    {"data": {"me": {"id": "1", "name": "Ada"}}, "hasNext": True},
    {
        "incremental": [
            {"data": {"id": "1", "friends": [{"id": "2"}, {"id": "1"}]}, "path": ["me"], "label": "later"},
        ],
        "hasNext": True,
    },
    {"incremental": [{"data": {"name": "Bob"}, "path": ["me", "friends", 0], "label": "names"}], "hasNext": True},
    {"incremental": [{"data": {"name": "Ada"}, "path": ["me", "friends", 1], "label": "names"}], "hasNext": False},
]


def compare(payloads: Any) -> list[str]:
    monolith = Monolith(SDL, Dataset({}, {}))
    monolith.dataset = read_dataset(DATA, {"User": ("User",)})

    def execute(document: DocumentNode) -> dict[str, Any]:
        return dict(monolith.execute_document(document).formatted)

    return compare_payloads(OPERATION, {}, payloads, execute)


def changed(number: int, *steps: Any, to: Any) -> Any:
    """The good payloads with another value at one place; without it where the value is ``None``."""
    payloads = json.loads(json.dumps(GOOD))
    target = payloads[number]
    for step in steps[:-1]:
        target = target[step]
    target[steps[-1]] = to
    if to is None:
        del target[steps[-1]]
    return payloads


def test_good_payloads_are_good() -> None:
    assert compare(GOOD) == []


def test_an_answer_in_one_piece_is_not_looked_at() -> None:
    assert compare([{"data": {"me": None}}]) == []


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param(changed(0, "data", "me", "name", to=None), id="the first lacks a field"),
        pytest.param(changed(0, "data", "me", "friends", to=[]), id="the first has what is deferred"),
        pytest.param(changed(1, "incremental", 0, "label", to=None), id="no label"),
        pytest.param(changed(1, "incremental", 0, "data", "id", to=None), id="a part lacks a field"),
        pytest.param(changed(2, "incremental", 0, "path", to=["me", "friends", 1]), id="another place"),
        pytest.param(changed(2, "incremental", 0, "data", "name", to="Eve"), id="another value"),
        pytest.param(changed(3, "hasNext", to=True), id="more is promised at the end"),
        pytest.param(changed(2, "hasNext", to=False), id="an end before the end"),
        pytest.param(GOOD[:3], id="a part is missing"),
        pytest.param([*GOOD[:3], GOOD[2], GOOD[3]], id="a part comes twice"),
        pytest.param([{**GOOD[0], "hasNext": True}], id="nothing comes later"),
    ],
)
def test_what_is_wrong_is_found(payloads: Any) -> None:
    assert compare(payloads)
