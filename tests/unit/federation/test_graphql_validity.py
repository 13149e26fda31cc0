"""INVALID_GRAPHQL: the rules of the GraphQL specification, judged as the reference composer judges them."""

import pytest

from router.federation.validity.values import value_fits
from router.type_system.model import ListType, NamedType, NonNullType, TypeRef
from router.type_system.reader import read_schema
from router.type_system.values import EnumValue, ObjectValue, Value
from tests.unit.federation.subgraphs import QUERY, build, codes, linked

HEAD = linked("2.9", "@key", "@tag")


@pytest.mark.parametrize(
    "sdl",
    [
        "type Query { a: Int",
        "type Query { a: Int } type Query { b: Int }",
        "type Query { a: Int } interface Query { b: Int }",
        "type Query { a: Int a: Int }",
        "type Query { a: Int } extend type Query { a: Int }",
        "input I { a: Int } extend input I { a: Int }" + QUERY,
        "directive @d on OBJECT directive @d on OBJECT" + QUERY,
        "type Query { a: Missing }",
        "type Query { a(x: Missing): Int }",
        "directive @d(a: Missing) on FIELD" + QUERY,
        "union U = Missing" + QUERY,
        "union U = Int" + QUERY,
        "union U = Query | Query" + QUERY,
        "type T implements Missing { a: Int }" + QUERY,
        "type T implements Query { a: Int }" + QUERY,
        "schema { query: Missing }" + QUERY,
        "schema { query: E } enum E { A }",
        "query { a }" + QUERY,
        "type Query { a: Int @missing }",
        "type Query @deprecated { a: Int }",
        "type Query { a: Int @deprecated @deprecated }",
        "type Query { a: Int @deprecated(why: 1) }",
        "type Query { a: Int @deprecated(reason: 1) }",
        "scalar S @specifiedBy" + QUERY,
        "input I @oneOf { a: Int }" + QUERY,
        "type T" + QUERY,
        "interface T" + QUERY,
        "union T" + QUERY,
        "enum T" + QUERY,
        "input T" + QUERY,
        "type Mutation" + QUERY,
        "type Query { __a: Int }",
        "type Query { a(__x: Int): Int }",
        "enum E { __A }" + QUERY,
        "input __I { a: Int }" + QUERY,
        "type Query { a: I } input I { a: Int }",
        "type Query { a(x: Query): Int }",
        "directive @d(a: Query) on FIELD" + QUERY,
        "type Query { a(x: Int! @deprecated): Int }",
        "input I { a: Int! @deprecated }" + QUERY,
        'type Query { a(x: Int = "s"): Int }',
        "type Query { a(x: Int! = null): Int }",
        "type Query { a(x: E = B): Int } enum E { A }",
        "type Query { a(x: I = { b: 1 }): Int } input I { a: Int }",
        "input I { a: I! }" + QUERY,
        "input I { a: J! } input J { a: I! }" + QUERY,
        "type T implements I { b: Int } interface I { a: Int }" + QUERY,
        "type T implements I { a: String } interface I { a: Int }" + QUERY,
        "type T implements I { a: Int } interface I { a: Int! }" + QUERY,
        "type T implements I { a(x: Int!): Int } interface I { a: Int }" + QUERY,
        "type T implements I { a: Int } interface I { a(x: Int): Int }" + QUERY,
        "type T implements I { a(x: Int!): Int } interface I { a(x: Int): Int }" + QUERY,
        "type T implements I { a: Int } interface I implements J { a: Int } interface J { a: Int }" + QUERY,
        "type T implements I & I { a: Int } interface I { a: Int }" + QUERY,
        "interface I implements I { a: Int }" + QUERY,
        "interface I implements J { a: Int } interface J implements I { a: Int }" + QUERY,
        "type T @tag { a: Int }" + QUERY,
        'type T @key(fields: "a", resolvable: "x") { a: Int }' + QUERY,
    ],
)
def test_INVALID_GRAPHQL(sdl: str) -> None:
    assert codes(HEAD + sdl) == {"INVALID_GRAPHQL"}


@pytest.mark.parametrize(
    "sdl",
    [
        "type Query",
        "extend type Query { a: Int }",
        "type Query { a(x: Int, x: Int): Int }",
        "enum E { A A }" + QUERY,
        "scalar Int" + QUERY,
        'type Query { a(x: E = "A"): Int } enum E { A }',
        "type Query { a(x: [Int] = 1): Int }",
        "type Query { a(x: I = {}): Int } input I { a: Int! }",
        "input I { a: Int! = 1 @deprecated }" + QUERY,
        "input I { a: [I!]! }" + QUERY,
        "directive @deprecated on OBJECT" + QUERY,
        "type T implements I { a(x: Int): Int! } interface I { a: Int }" + QUERY,
        "type T implements I { a: T } interface I { a: I }" + QUERY,
        "directive @d(a: Int!) on OBJECT type T @d(a: null) { a: Int }" + QUERY,
        "type Query { a: Int _service: _Service! } type _Service { sdl: String }",
        "type Query { a: Int _entities: Int @missing }",
    ],
)
def test_what_passes(sdl: str) -> None:
    assert codes(HEAD + sdl) == set()


@pytest.mark.parametrize(
    ("value", "ref", "fits"),
    [
        (1, NamedType("Int"), True),
        (1.0, NamedType("Int"), True),
        (1.5, NamedType("Int"), False),
        (True, NamedType("Int"), False),
        (1, NamedType("Float"), True),
        (1, NamedType("ID"), True),
        (1, NamedType("String"), False),
        (EnumValue("A"), NamedType("String"), True),
        (None, NamedType("Int"), True),
        (None, NonNullType(NamedType("Int")), False),
        ((1, 2), ListType(NamedType("Int")), True),
        ((1, "x"), ListType(NamedType("Int")), False),
        ((1,), NamedType("Int"), False),
        (EnumValue("A"), NamedType("E"), True),
        (EnumValue("B"), NamedType("E"), False),
        (ObjectValue((("a", 1),)), NamedType("I"), True),
        (ObjectValue((("z", 1),)), NamedType("I"), False),
        (ObjectValue((("z", 1),)), NamedType("S"), True),
    ],
)
def test_values(value: Value, ref: TypeRef, fits: bool) -> None:
    types = read_schema("enum E { A } input I { a: Int } scalar S").types
    assert value_fits(value, ref, types) is fits


def test_unknown_types_hide_what_comes_after_them() -> None:
    bad = "directive @key(fields: Int) on OBJECT "
    assert codes(HEAD + bad + "type Query { a: Missing }") == {"INVALID_GRAPHQL"}
    assert codes(HEAD + bad + "type Query { a: Int @missing }") == {"INVALID_GRAPHQL", "DIRECTIVE_DEFINITION_INVALID"}
    assert codes(HEAD + bad + "type Query { __a: Int }") == {"DIRECTIVE_DEFINITION_INVALID"}


def test_a_schema_that_does_not_parse_hides_the_errors_of_the_others() -> None:
    assert codes(HEAD + QUERY + 'type T @key(fields: "x") { a: Int }', "type {") == {"INVALID_GRAPHQL"}


def test_an_error_names_its_place_and_the_remedy() -> None:
    (error,) = build(HEAD + "\ntype Query {\n  a: Missing\n}").errors
    assert (
        error.message
        == "[INVALID_GRAPHQL] Query.a in a has the type Missing, which isn't defined; define it, or correct the name"
    )
    assert error.coordinates == ("Query.a",)
    assert error.subgraphs == ("a",)
    assert [(place.subgraph, place.line, place.column) for place in error.locations] == [("a", 3, 3)]


@pytest.mark.parametrize(
    ("sdl", "told"),
    [
        (HEAD + "type Query { a: Strnig }", "has the type Strnig, which isn't defined; did you mean String?"),
        (HEAD + "type Query { a(b: Itn): Int }", "has the type Itn, which isn't defined; did you mean Int?"),
        (HEAD + QUERY + 'type T @kee(fields: "a") { a: Int }', "applies @kee, which isn't defined; did you mean @key?"),
        (
            linked("2.9", "@shareble") + QUERY,
            "imports @shareble, which federation v2.9 doesn't define; did you mean @sha",
        ),
        (" \n", "the schema of a is empty; export it from the service"),
        ("type Query { a Int }", "the schema of a does not parse: Expected ':', found Name 'Int'; correct it"),
    ],
)
def test_a_misspelling_is_told_with_what_was_probably_meant(sdl: str, told: str) -> None:
    (error,) = build(sdl).errors
    assert told in error.message
