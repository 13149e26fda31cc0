"""Definitions of federation's own directives and types: completed where missing, checked where given."""

import pytest

from tests.unit.federation.subgraphs import QUERY, codes, linked

ALL = linked("2.9", "@key", "@external", "@shareable", "@override", "@tag", "@listSize", "@requires", "FieldSet")


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT scalar FieldSet",
        "directive @key(fields: FieldSet!) on OBJECT scalar FieldSet",
        "directive @key(fields: String!) repeatable on OBJECT",
        "directive @key(fields: [String!]!) repeatable on OBJECT",
        "directive @key(fields: FieldSet!, resolvable: Boolean! = false) repeatable on OBJECT scalar FieldSet",
        "directive @external(reason: String!) on FIELD_DEFINITION",
        "directive @override(from: String!) on FIELD_DEFINITION",
        "directive @tag(name: String!) on OBJECT",
        "directive @federation__key(fields: Int!) on FIELD_DEFINITION",
        "scalar federation__FieldSet",
    ],
)
def test_definitions_that_may_be_given(definition: str) -> None:
    assert codes(ALL + QUERY + definition) == set()


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key(fields: FieldSet) repeatable on OBJECT scalar FieldSet",
        "directive @key(fields: _FieldSet!) repeatable on OBJECT scalar _FieldSet",
        "directive @key(resolvable: Boolean = true) repeatable on OBJECT",
        "directive @key(fields: String!, extra: Int) repeatable on OBJECT",
        "directive @key(fields: String!, resolvable: String) repeatable on OBJECT",
        "directive @key(fields: String!, resolvable: Boolean) repeatable on OBJECT",
        "directive @key(fields: String!, resolvable: Boolean = false) repeatable on OBJECT",
        "directive @key(fields: String!) repeatable on UNION",
        "directive @external repeatable on FIELD_DEFINITION",
        'directive @external(reason: String = "x") on FIELD_DEFINITION',
        "directive @override(from: String!, label: Int) on FIELD_DEFINITION",
        "directive @listSize(slicingArguments: [String]) on FIELD_DEFINITION",
        "directive @tag(name: Name!) repeatable on OBJECT scalar Name",
        "directive @link(url: [String]) repeatable on SCHEMA",
    ],
)
def test_DIRECTIVE_DEFINITION_INVALID(definition: str) -> None:
    assert codes(ALL + QUERY + definition) == {"DIRECTIVE_DEFINITION_INVALID"}


@pytest.mark.parametrize(
    "definition",
    [
        "type FieldSet { a: Int }",
        "enum FieldSet { A }",
        "enum link__Purpose { SECURITY }",
        "scalar link__Purpose",
        "type federation__Scope { a: Int }",
    ],
)
def test_TYPE_DEFINITION_INVALID(definition: str) -> None:
    assert codes(ALL + QUERY + definition) == {"TYPE_DEFINITION_INVALID"}


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key on OBJECT",
        "directive @key(fields: String) on OBJECT",
        "directive @key(fields: _FieldSet) on OBJECT scalar _FieldSet",
        "directive @key(fields: FieldSet) on OBJECT scalar FieldSet",
        "directive @requires(fields: String) on FIELD_DEFINITION",
        "directive @key(fields: _FieldSet!) on OBJECT scalar _FieldSet",
        "directive @key(fields: [String!]!) on OBJECT",
    ],
)
def test_a_federation_1_schema_may_define_field_sets_as_old_servers_did(definition: str) -> None:
    assert codes(QUERY + definition) == set()


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key(fields: Int) on OBJECT",
        "directive @key(fields: String, extra: Int) on OBJECT",
        "directive @external on ENUM",
        "directive @tag(name: String) repeatable on OBJECT",
        "directive @override(from: String) on FIELD_DEFINITION",
    ],
)
def test_DIRECTIVE_DEFINITION_INVALID_in_federation_1(definition: str) -> None:
    assert codes(QUERY + definition) == {"DIRECTIVE_DEFINITION_INVALID"}


def test_an_application_is_judged_by_the_definition_that_is_given() -> None:
    once = ALL + QUERY + "directive @tag(name: String!) on OBJECT "
    assert codes(once + 'type T @tag(name: "x") { a: Int }') == set()
    assert codes(once + 'type T @tag(name: "x") @tag(name: "y") { a: Int }') == {"INVALID_GRAPHQL"}


def test_features_with_their_own_specification_are_completed_too() -> None:
    link = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2")'
    assert codes(linked("2.3", schema=link) + "type Query { a: Int b: Int @inaccessible }") == set()
    assert codes(linked("2.3") + "type Query { a: Int b: Int @inaccessible }") == {"INVALID_GRAPHQL"}
