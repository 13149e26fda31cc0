"""@key, @requires and @provides: what their field sets may select."""

import pytest

from tests.unit.federation.subgraphs import QUERY, codes, linked

HEAD = linked("2.9", "@key", "@external", "@requires", "@provides") + QUERY


def key(fields: str, body: str = "id: ID", rest: str = "") -> set[str]:
    return codes(f"{HEAD} type T @key(fields: {fields}) {{ {body} }} {rest}")


def requires(fields: str, body: str = "a: Int @external", rest: str = "") -> set[str]:
    return codes(f'{HEAD} type T @key(fields: "id") {{ id: ID {body} r: Int @requires(fields: {fields}) }} {rest}')


def provides(fields: str, rest: str, of: str = "O") -> set[str]:
    return codes(f"{HEAD} type T {{ o: {of} @provides(fields: {fields}) }} {rest}")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ('"id"', "id: ID"),
        ('"id, a"', "id: ID a: Int"),
        ('"{ id }"', "id: ID"),
        ('"id id __typename"', "id: ID"),
        ('"... on T { id }"', "id: ID"),
        ('"... on Elsewhere { id }"', "id: ID"),
        ('"l"', "l: [Int]"),
        ('"o { a }"', "o: O"),
    ],
)
def test_keys_that_are_valid(fields: str, body: str) -> None:
    assert key(fields, body, "type O { a: Int }") == set()


@pytest.mark.parametrize(
    "fields", ['""', '" "', '"nope"', '"id }"', '"{ id"', '"...F"', '"x: id"', '"id @nope"', '"id # c"']
)
def test_KEY_INVALID_FIELDS(fields: str) -> None:
    assert key(fields) == {"KEY_INVALID_FIELDS"}


def test_KEY_INVALID_FIELDS_of_composites_and_leaves() -> None:
    assert key('"o"', "o: O", "type O { a: Int }") == {"KEY_INVALID_FIELDS"}
    assert key('"id { a }"') == {"KEY_INVALID_FIELDS"}
    assert key('"... on Query { q }"') == {"KEY_INVALID_FIELDS"}


@pytest.mark.parametrize("fields", ["1", '["id"]', "id", "null", "true"])
def test_KEY_INVALID_FIELDS_TYPE(fields: str) -> None:
    assert key(fields) == {"KEY_INVALID_FIELDS_TYPE"}


def test_KEY_FIELDS_HAS_ARGS() -> None:
    assert key('"id"', "id(a: Int): ID") == {"KEY_FIELDS_HAS_ARGS"}
    assert key('"id(a: 1)"', "id(a: Int): ID") == {"KEY_FIELDS_HAS_ARGS"}
    assert key('"id"', "id(a: Int!): ID") == {"KEY_INVALID_FIELDS"}
    assert key('"id(b: 1)"', "id(a: Int): ID") == {"KEY_INVALID_FIELDS"}


def test_KEY_FIELDS_SELECT_INVALID_TYPE() -> None:
    union, interface = "union U = Query", "interface I { a: Int }"
    assert key('"u { __typename }"', "u: U", union) == {"KEY_FIELDS_SELECT_INVALID_TYPE"}
    assert key('"i { a }"', "i: I", interface) == {"KEY_FIELDS_SELECT_INVALID_TYPE"}
    assert key('"i o"', "i: I o(x: Int): Int", interface) == {"KEY_FIELDS_SELECT_INVALID_TYPE"}


def test_KEY_DIRECTIVE_IN_FIELDS_ARG() -> None:
    assert key('"id @skip(if: true)"') == {"KEY_DIRECTIVE_IN_FIELDS_ARG"}
    assert key('"... @skip(if: true) { id }"') == {"KEY_DIRECTIVE_IN_FIELDS_ARG"}


@pytest.mark.parametrize("version", ["2.0", "2.2"])
def test_KEY_UNSUPPORTED_ON_INTERFACE(version: str) -> None:
    assert codes(linked(version, "@key") + QUERY + 'interface I @key(fields: "a") { a: Int }') == {
        "KEY_UNSUPPORTED_ON_INTERFACE"
    }
    assert codes(linked(version, "@key") + QUERY + 'interface I @key(fields: "x") { a: Int }') == {"KEY_INVALID_FIELDS"}
    assert codes(linked("2.3", "@key") + QUERY + 'interface I @key(fields: "a") { a: Int }') == set()


def test_requires_that_are_valid() -> None:
    assert requires('"a"') == set()
    assert requires('"a { x }"', "a: O @external", "type O { x: Int }") == set()
    assert requires('"a { x }"', "a: O", "type O { x: Int @external }") == set()
    assert requires('"a(x: 1)"', "a(x: Int): Int @external") == set()


def test_REQUIRES_INVALID_FIELDS() -> None:
    assert requires('"nope"', "") == {"REQUIRES_INVALID_FIELDS"}
    assert requires('"a(y: 1)"') == {"REQUIRES_INVALID_FIELDS"}
    assert requires('"a"', "a(x: Int!): Int @external") == {"REQUIRES_INVALID_FIELDS"}
    assert requires('"a(x: \\"s\\")"', "a(x: Int): Int @external") == {"REQUIRES_INVALID_FIELDS"}


def test_REQUIRES_INVALID_FIELDS_TYPE() -> None:
    assert requires("1", "") == {"REQUIRES_INVALID_FIELDS_TYPE"}
    assert requires('["a"]') == {"REQUIRES_INVALID_FIELDS_TYPE", "EXTERNAL_UNUSED"}


def test_REQUIRES_FIELDS_MISSING_EXTERNAL() -> None:
    assert requires('"a"', "a: Int") == {"REQUIRES_FIELDS_MISSING_EXTERNAL"}
    assert requires('"id"', "") == {"REQUIRES_FIELDS_MISSING_EXTERNAL"}
    assert requires('"__typename"', "") == {"REQUIRES_FIELDS_MISSING_EXTERNAL"}
    assert requires('"a { x y }"', "a: O", "type O { x: Int @external y: Int }") == {"REQUIRES_FIELDS_MISSING_EXTERNAL"}


def test_REQUIRES_DIRECTIVE_IN_FIELDS_ARG() -> None:
    assert requires('"a @include(if: true)"') == {"REQUIRES_DIRECTIVE_IN_FIELDS_ARG"}
    assert requires('"a @include(if: true)"', "a: Int") == {
        "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
        "REQUIRES_FIELDS_MISSING_EXTERNAL",
    }


def test_REQUIRES_UNSUPPORTED_ON_INTERFACE() -> None:
    assert codes(HEAD + 'interface I { a: Int b: Int @requires(fields: "a") }') == {
        "REQUIRES_UNSUPPORTED_ON_INTERFACE",
        "REQUIRES_FIELDS_MISSING_EXTERNAL",
    }


def test_provides_that_are_valid() -> None:
    assert provides('"x"', "type O { x: Int @external }") == set()
    assert provides('"x"', "type O { x: Int @external }", "[O!]!") == set()
    assert provides('"... on O { x }"', "union U = O type O { x: Int @external }", "U") == set()


def test_PROVIDES_INVALID_FIELDS() -> None:
    assert provides('"y"', "type O { x: Int }") == {"PROVIDES_INVALID_FIELDS"}
    assert provides('"x"', "union U = O type O { x: Int }", "U") == {"PROVIDES_INVALID_FIELDS"}


def test_PROVIDES_INVALID_FIELDS_TYPE() -> None:
    assert provides("1", "type O { x: Int }") == {"PROVIDES_INVALID_FIELDS_TYPE"}


def test_PROVIDES_FIELDS_MISSING_EXTERNAL() -> None:
    assert provides('"x"', "type O { x: Int }") == {"PROVIDES_FIELDS_MISSING_EXTERNAL"}
    on_interface = "interface I { x: Int } type O implements I { x: Int @external }"
    assert provides('"x"', on_interface, "I") == {"PROVIDES_FIELDS_MISSING_EXTERNAL"}
    effectively = 'extend type O @key(fields: "x") { x: Int @external } type O { y: Int }'
    assert provides('"x"', effectively) == {"PROVIDES_FIELDS_MISSING_EXTERNAL"}


def test_PROVIDES_FIELDS_HAS_ARGS() -> None:
    assert provides('"x"', "type O { x(a: Int): Int @external }") == {"PROVIDES_FIELDS_HAS_ARGS"}
    assert provides('"x"', "type O { x(a: Int): Int }") == {
        "PROVIDES_FIELDS_HAS_ARGS",
        "PROVIDES_FIELDS_MISSING_EXTERNAL",
    }


def test_PROVIDES_DIRECTIVE_IN_FIELDS_ARG() -> None:
    assert provides('"x @skip(if: true)"', "type O { x: Int @external }") == {"PROVIDES_DIRECTIVE_IN_FIELDS_ARG"}


def test_PROVIDES_UNSUPPORTED_ON_INTERFACE() -> None:
    sdl = 'interface I { o: O @provides(fields: "x") } type O { x: Int @external }'
    assert codes(HEAD + sdl) == {"PROVIDES_UNSUPPORTED_ON_INTERFACE"}


def test_PROVIDES_ON_NON_OBJECT_FIELD_stands_alone() -> None:
    assert provides('"x"', "", "Int") == {"PROVIDES_ON_NON_OBJECT_FIELD"}
    assert provides('"x"', 'type Z @key(fields: "nope") { a: Int }', "Int") == {"PROVIDES_ON_NON_OBJECT_FIELD"}


def test_EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE() -> None:
    sdl = 'type T { o: O @external @provides(fields: "x") } type O { x: Int @external }'
    assert codes(HEAD + sdl) == {"EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE"}
