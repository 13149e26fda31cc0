"""Validation: graphql-core's rules, left out only where they could find nothing."""

from __future__ import annotations

import pytest
from graphql import build_schema, specified_rules, validate

from router.errors import OperationError
from router.operation import validation
from router.operation.validation import parse_document, validate_document

SCHEMA = build_schema(
    "directive @d on FIELD type Query { a(x: Int, o: I): T b: Int! } type T { c: String } input I { y: Int }"
)

BAD = [
    "{ a { nope } }",
    "{ b { c } }",
    "{ a }",
    "{ b(x: 1) }",
    "{ a(x: 1, x: 2) { c } }",
    '{ a(x: "s") { c } }',
    "{ a(o: {y: 1, y: 2}) { c } }",
    "{ a(o: {z: 1}) { c } }",
    "{ b @d @d }",
    "{ b @nope }",
    "query @d { b }",
    "{ b @skip }",
    "query($x: Int) { b }",
    "{ a(x: $x) { c } }",
    "query($x: Int, $x: Int) { a(x: $x) { c } }",
    "query($x: T) { b }",
    "query($x: String) { a(x: $x) { c } }",
    "{ ...F }",
    "{ b } fragment F on Query { b }",
    "{ ...F } fragment F on Query { ...F }",
    "{ ...F } fragment F on Query { b } fragment F on Query { b }",
    "{ ...F } fragment F on Int { b }",
    "{ ... on T { c } }",
    "{ b } { b }",
    "query Q { b } query Q { b }",
    "subscription { b }",
    "mutation { b }",
    "{ b: a { c } b }",
    "type X { y: Int } query { b }",
    "{ ... @defer(label: $l) { b } }",
]


@pytest.mark.parametrize("query", BAD)
def test_what_graphql_core_refuses_is_refused(query: str) -> None:
    document = parse_document(query)
    expected = validate(SCHEMA, document, specified_rules)
    assert expected
    found = validate_document(SCHEMA, document, True)
    assert sorted(error.message for error in found) == sorted(error.message for error in expected)
    assert all(error.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"} for error in found)


def test_every_rule_that_may_be_left_out_exists() -> None:
    assert set(validation._ABOUT) <= {rule.__name__ for rule in specified_rules}


def test_a_good_document_passes() -> None:
    query = "query Q($x: Int = 1) { a(x: $x, o: {y: 2}) @d { ...F } __schema { types { name } } } fragment F on T { c }"
    assert validate_document(SCHEMA, parse_document(query), True) == []
    (error,) = validate_document(SCHEMA, parse_document(query), False)
    assert error.extensions == {"code": "INTROSPECTION_DISABLED"}


@pytest.mark.parametrize("query", ["{", "{ a { } }", "", "{ a(x: ) }", "{" + "a{" * 5000])
def test_what_does_not_parse(query: str) -> None:
    with pytest.raises(OperationError) as caught:
        parse_document(query)
    assert caught.value.errors[0].extensions == {"code": "GRAPHQL_PARSE_FAILED"}
