"""Fingerprints: equal for equal operations, different for any difference that a plan could depend on."""

from __future__ import annotations

import pytest
from graphql import parse

from router.operation.normalise import normalise
from router.pipeline.fingerprint import fingerprint
from router.supergraph.api_schema import api_schema

from .support import supergraph

API = api_schema(supergraph())


def of(query: str) -> bytes:
    return fingerprint(normalise(parse(query), None, API))


def test_the_text_does_not_matter() -> None:
    same = ["{ me { id name } }", "query{me{id,name}}", "{ ...F } fragment F on Query { me { id ... { name } id } }"]
    assert len({of(query) for query in same}) == 1


@pytest.mark.parametrize(
    "query",
    [
        "query Named { me { id name } }",
        "{ me { name id } }",
        "{ me { id } }",
        "{ me { id n: name } }",
        "{ m: me { id name } }",
        "{ user(id: 1) { id name } }",
        "{ user(id: 2) { id name } }",
        '{ user(id: "1") { id name } }',
        "query($i: ID!) { user(id: $i) { id name } }",
        "query($i: ID! = 1) { user(id: $i) { id name } }",
        "query($b: Boolean!) { me { id name @include(if: $b) } }",
        "query($b: Boolean!) { me { id name @skip(if: $b) } }",
        "{ me { id ... @defer { name } } }",
        '{ me { id ... @defer(label: "x") { name } } }',
    ],
)
def test_everything_else_does(query: str) -> None:
    others = [line for line in test_everything_else_does.pytestmark[0].args[1] if line != query]
    assert of(query) not in {of(other) for other in [*others, "{ me { id name } }"]}
