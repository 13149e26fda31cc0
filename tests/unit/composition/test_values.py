"""Defaults and arguments of directives: one way to write each value, whatever way the subgraphs chose."""

from __future__ import annotations

import pytest

from router.type_system.model import InputObjectType, ObjectType
from router.type_system.values import EnumValue, Value
from tests.unit.composition.sets import api, definition, errors, hints
from tests.unit.composition.test_directives import applied


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Float = 1.0", 1),
        ("Float = 1.5", 1.5),
        ("Float = 1e21", 1e21),
        ('ID = "12"', 12),
        ('ID = "012"', "012"),
        ("String = X", "X"),
        ('E = "X"', EnumValue("X")),
        ('[E] = ["X"]', (EnumValue("X"),)),
        ('[E] = "X"', EnumValue("X")),
    ],
)
def test_defaults_are_literals_of_their_types(typed: str, value: Value) -> None:
    sdl = "type Query {{ q({0}): Int e: E }} enum E {{ X }} input In {{ {0} }}".format(f"x: {typed}")
    query, given = definition("Query", a=sdl), definition("In", a=sdl)
    assert isinstance(query, ObjectType)
    assert isinstance(given, InputObjectType)
    assert query.fields["q"].arguments["x"].default == value
    assert given.fields["x"].default == value


def test_arguments_of_directives_are_literals_of_their_types() -> None:
    sets = {
        "a": "type Query @shareable { x: Int @tag(name: t) @requiresScopes(scopes: [[b]]) @deprecated(reason: r) }",
        "b": """type Query @shareable {
            x: Int @tag(name: "t") @requiresScopes(scopes: [["b"]]) @deprecated(reason: "r")
        }""",
    }
    assert hints(**sets) == set()
    assert [dict(item.arguments) for item in applied("x", **sets)] == [
        {"name": "t"},
        {"scopes": (("b",),)},
        {"reason": "r"},
    ]


def test_a_subgraph_can_be_named_without_quotes() -> None:
    sets = {"a": "type Query { x: Int @override(from: b) }", "b": "type Query { x: Int y: Int }"}
    assert hints(**sets) == {"OVERRIDDEN_FIELD_CAN_BE_REMOVED"}


def test_a_number_with_an_exponent_is_no_whole_one() -> None:
    assert errors(a="type Query { q(x: Int = 1e20): Int }") == set()
    assert errors(a="type Query { q(x: Int = 1e21): Int }") == {"INVALID_GRAPHQL"}


def test_the_api_shows_input_objects_in_the_order_of_its_types() -> None:
    sdl = 'input In { b: Int a: ID n: In } type Query { q(x: In = {b: 1, n: {b: 2, a: "x"}, a: "3"}): Int }'
    assert '{a: 3, b: 1, n: {a: "x", b: 2}}' in api(a=sdl)


@pytest.mark.parametrize(
    "argument",
    [
        "x: Int = 3000000000",
        "x: [[Int]] = 3000000000",
        "x: In = {b: 3000000000, a: 1}",
        "x: In = {b: 1}",
        "x: [In] = {}",
    ],
)
def test_the_api_has_no_default_that_cannot_be_coerced(argument: str) -> None:
    shown = api(a=f"input In {{ a: Int! b: Int c: Int = 4 }} type Query {{ q({argument}): Int }}")
    assert f"q({argument.partition(' =')[0]}): Int" in shown
