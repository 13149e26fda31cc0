"""Variables: the quick way gives what graphql-core gives, and graphql-core's words where something is wrong."""

from __future__ import annotations

import random
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import get_variable_values

from router.errors import OperationError
from router.execution.input_values import InputValues
from router.execution.variables import MAX_EXPLAINED, coerce_variables

SDL = """
type Query { a(in: In, ids: [ID!], e: E): Int }
enum E { ONE TWO }
scalar Any
input In { i: Int  f: Float = 1.5  s: String!  b: Boolean = true  id: ID  e: E = TWO  any: Any  in: In  many: [In!]
  nested: [[Int!]]  one: One }
input One @oneOf { a: Int  b: String }
"""
TYPES = (
    *("Int", "Int!", "Float", "String", "Boolean!", "ID", "E", "Any", "In", "In!", "One"),
    *("[Int]", "[Int!]!", "[ID!]", "[String]", "[Boolean!]", "[[ID]!]", "[In!]", "[E]", "[Any]"),
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        0,
        1,
        -1,
        2**31,
        2**31 - 1,
        1.0,
        1.5,
        True,
        False,
        "",
        "x",
        "ONE",
        "THREE",
        [],
        {},
        [None],
        [1, 2],
        ["x", 1],
    ),
    *(
        [[1], None],
        [[1, 2], 3],
        {"s": "x"},
        {"s": None},
        {"s": "x", "i": 1, "f": 2, "id": 7, "e": "ONE", "any": {"k": [1]}},
    ),
    *({"s": "x", "in": {"s": "y", "many": [{"s": "z"}]}}, {"s": "x", "no": 1}, {"s": "x", "nested": [[1], [2]]}),
    *({"a": 1}, {"a": None}, {"a": 1, "b": "x"}, [{"s": "x"}], [{"s": 1}], {"s": "x", "one": {"b": "y"}}),
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


def definitions(text: str) -> Any:
    node = parse(f"query({text}) {{ a }}").definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return node.variable_definitions


def reference(schema: GraphQLSchema, nodes: Any, given: dict[str, Any]) -> Any:
    found = get_variable_values(schema, nodes, given, max_errors=50, hide_suggestions=True)
    return [error.message for error in found] if isinstance(found, list) else dict(found.coerced)


def outcome(schema: GraphQLSchema, nodes: Any, given: dict[str, Any]) -> Any:
    try:
        return coerce_variables(InputValues(schema), nodes, given)
    except OperationError as error:
        return [item.message for item in error.errors if (item.extensions or {})["code"] == "BAD_USER_INPUT"]


@pytest.mark.parametrize("name", TYPES)
def test_every_value_is_coerced_as_by_graphql_core(schema: GraphQLSchema, name: str) -> None:
    for default in ("", " = null", ' = {s: "d"}'):
        if default and ("!" in name[-1:] or (default.endswith("}") and "In" not in name)):
            continue
        nodes = definitions(f"$v: {name}{default}")
        for value in VALUES:
            assert outcome(schema, nodes, {"v": value}) == reference(schema, nodes, {"v": value})
        assert outcome(schema, nodes, {}) == reference(schema, nodes, {})


def test_several_variables_and_ones_that_nobody_declared(schema: GraphQLSchema) -> None:
    chosen = random.Random(7)
    for _ in range(300):
        names = {f"v{number}": chosen.choice(TYPES) for number in range(3)}
        nodes = definitions(", ".join(f"${name}: {type_text}" for name, type_text in names.items()))
        given = {name: chosen.choice(VALUES) for name in (*names, "other") if chosen.random() < 0.8}
        assert outcome(schema, nodes, given) == reference(schema, nodes, given)


def test_an_unknown_type_is_graphql_cores_to_refuse(schema: GraphQLSchema) -> None:
    nodes = definitions("$v: Nothing")
    assert outcome(schema, nodes, {"v": 1}) == reference(schema, nodes, {"v": 1})


def test_many_values_of_which_one_is_wrong_are_refused_in_a_word(schema: GraphQLSchema) -> None:
    nodes = definitions("$v: [ID!]")
    many: list[Any] = ["x"] * MAX_EXPLAINED
    assert outcome(schema, nodes, {"v": many}) == {"v": many}
    (message,) = outcome(schema, nodes, {"v": [*many, {}]})
    assert message == "A variable's value isn't of its type, and is too large to say where."
    assert len(outcome(schema, nodes, {"v": [{}] * 100})) == 51


def test_values_nested_too_deeply_are_refused(schema: GraphQLSchema) -> None:
    deep: dict[str, Any] = {"s": "x"}
    for _ in range(50_000):
        deep = {"s": "x", "in": deep}
    assert outcome(schema, definitions("$v: In"), {"v": deep}) == ["Variable values are nested too deeply."]
