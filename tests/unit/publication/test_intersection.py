"""What two versions of a subgraph both serve."""

import pytest
from graphql import parse, print_ast

from router import compose
from router.errors import InputError
from router.publication.intersection import intersect, lost_elements

IMPORTS = '["@key", "@shareable", "@external", "@requires"]'
HEAD = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: {IMPORTS})\n'


def same(first: str, second: str) -> bool:
    return print_ast(parse(first, no_location=True)) == print_ast(parse(second, no_location=True))


@pytest.mark.parametrize(
    ("published", "candidate", "common"),
    [
        pytest.param(
            "type Query { a: Int }", "type Query { a: Int b: Int }", "type Query { a: Int }", id="a new field"
        ),
        pytest.param(
            "type Query { a: Int b: Int }", "type Query { b: Int }", "type Query { b: Int }", id="a lost field"
        ),
        pytest.param(
            "type Query { a: Int b: Int }", "type Query { b: Int c: Int }", "type Query { b: Int }", id="one of each"
        ),
        pytest.param("type Query { a: Int! }", "type Query { a: Int }", "type Query { a: Int }", id="weaker output"),
        pytest.param("type Query { a: Int }", "type Query { a: Int! }", "type Query { a: Int }", id="stronger output"),
        pytest.param(
            "type Query { a: [Int!] }",
            "type Query { a: [Int]! }",
            "type Query { a: [Int] }",
            id="weaker at either level",
        ),
        pytest.param(
            "type Query { a(x: Int!): Int }",
            "type Query { a(x: Int, y: Int): Int }",
            "type Query { a(x: Int!): Int }",
            id="the stricter argument, and no new one",
        ),
        pytest.param(
            "type Query { a: A } type A { x: Int }",
            "type Query { a: A b: B } type A { y: Int } type B { z: Int }",
            "",
            id="a type without common fields goes with its uses",
        ),
        pytest.param(
            "type Query { e: E } enum E { A B }",
            "type Query { e: E } enum E { B C }",
            "type Query { e: E } enum E { B }",
            id="values",
        ),
        pytest.param(
            "type Query { u: U } union U = A | B type A { x: Int } type B { x: Int }",
            "type Query { u: U } union U = A type A { x: Int }",
            "type Query { u: U } union U = A type A { x: Int }",
            id="members",
        ),
        pytest.param(
            "type Query { a: A } type A { x: Int }",
            "type Query { a: A } interface N { x: Int } type A implements N { x: Int }",
            "type Query { a: A } type A { x: Int }",
            id="interfaces",
        ),
        pytest.param(
            "type Query { a(i: I): Int } input I { x: Int }",
            "type Query { a(i: I): Int } input I { x: Int! y: Int }",
            "type Query { a(i: I): Int } input I { x: Int! }",
            id="the stricter input",
        ),
        pytest.param(
            HEAD + 'type Query { a: A } type A @key(fields: "id") @key(fields: "no") { id: ID no: ID }',
            HEAD + 'type Query { a: A } type A @key(fields: "id") @key(fields: "id no") { id: ID no: ID }',
            HEAD + 'type Query { a: A } type A @key(fields: "id") { id: ID no: ID }',
            id="keys",
        ),
        pytest.param(
            HEAD
            + 'type A @key(fields: "id") { id: ID x: Int @external y: Int @external z: Int @requires(fields: "x") }',
            HEAD
            + 'type A @key(fields: "id") { id: ID x: Int @external y: Int @external z: Int @requires(fields: "y") }',
            HEAD
            + 'type A @key(fields: "id") { id: ID x: Int @external y: Int @external z: Int @requires(fields: "x") }',
            id="what the published version requires",
        ),
        pytest.param(
            "extend type Query { a: Int b: Int }", "type Query { a: Int }", "type Query { a: Int }", id="extensions"
        ),
    ],
)
def test_what_both_serve(published: str, candidate: str, common: str) -> None:
    found = intersect(published, candidate)
    if common:
        assert same(found, common)
    else:
        assert found.strip() == ""


def test_a_version_meets_itself() -> None:
    sdl = HEAD + 'type Query { a(x: Int = 1): [A!]! @shareable } type A @key(fields: "id") { id: ID! }'
    assert same(intersect(sdl, sdl), sdl)
    assert lost_elements(sdl, sdl) == []


def test_the_result_composes() -> None:
    published = HEAD + 'type Query { a: A old: Old } type A @key(fields: "id") { id: ID! old: Old } type Old { x: Int }'
    candidate = HEAD + 'type Query { a: A new: New } type A @key(fields: "id") { id: ID! new: New } type New { x: Int }'
    common = intersect(published, candidate)
    composition = compose({"one": ("http://one/graphql", common)})
    assert composition.errors == ()
    assert composition.api_sdl is not None
    assert "old" not in composition.api_sdl
    assert "new" not in composition.api_sdl


def test_what_is_lost_is_named_by_coordinate() -> None:
    published = "type Query { a: Int b(x: Int): Int e: E } enum E { A B }"
    assert lost_elements(published, "type Query { b: Int e: E } enum E { B }") == [
        "E.A",
        "Query.a: Int",
        "Query.b(x: Int)",
    ]


def test_bad_sdl_is_an_error_of_the_input() -> None:
    with pytest.raises(InputError, match="the candidate schema: Syntax Error"):
        intersect("type Query { a: Int }", "type Query {")
