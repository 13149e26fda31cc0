"""How the fields, arguments, input fields and enum values of several subgraphs become one."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from router.type_system.model import NoDefault
from tests.unit.composition.sets import composed, definition, described, errors, field_joins, hints, joins

BOTH = "interface I { id: ID } type A implements I @shareable { id: ID } union U = A | B type B @shareable { id: ID } "


def query(field: str) -> str:
    return BOTH + f"type Query @shareable {{ {field} }}"


@pytest.mark.parametrize(
    ("left", "right", "merged"),
    [
        pytest.param("Int", "Int!", "Int", id="nullable wins"),
        pytest.param("[Int!]!", "[Int]", "[Int]", id="within lists too"),
        pytest.param("A", "I", "I", id="an interface over its implementation"),
        pytest.param("A!", "U", "U", id="a union over its member"),
        pytest.param("[A!]!", "[U]", "[U]", id="all at once"),
    ],
)
def test_output_takes_the_supertype(left: str, right: str, merged: str) -> None:
    sets = {"a": query(f"x: {left}"), "b": query(f"x: {right}")}
    assert str(definition("Query", **sets).fields["x"].type) == merged  # type: ignore[union-attr]
    assert {graph: str(join.type) for graph, join in field_joins("Query.x", **sets).items()} == {"A": left, "B": right}
    assert "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE" in hints(**sets)


@pytest.mark.parametrize(("left", "right"), [("Int", "String"), ("Int", "[Int]"), ("[Int]!", "Int"), ("A", "B")])
def test_types_that_cannot_be_merged(left: str, right: str) -> None:
    assert errors(a=query(f"x: {left}"), b=query(f"x: {right}")) == {"FIELD_TYPE_MISMATCH"}


def test_input_takes_the_subtype() -> None:
    sets = {"a": query("x(n: Int): Int"), "b": query("x(n: Int!): Int")}
    assert str(definition("Query", **sets).fields["x"].arguments["n"].type) == "Int!"  # type: ignore[union-attr]
    assert hints(**sets) == {"INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE"}
    assert errors(a=query("x(n: Int): Int"), b=query("x(n: ID): Int")) == {"FIELD_ARGUMENT_TYPE_MISMATCH"}


def test_an_argument_must_be_everywhere() -> None:
    sets = {"a": query("x(n: Int): Int"), "b": query("x: Int")}
    assert definition("Query", **sets).fields["x"].arguments == {}  # type: ignore[union-attr]
    assert hints(**sets) == {"INCONSISTENT_ARGUMENT_PRESENCE"}
    assert errors(a=query("x(n: Int!): Int"), b=query("x: Int")) == {"REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"}
    assert errors(a=query("x(n: Int! = 1): Int"), b=query("x: Int")) == set()


def test_defaults() -> None:
    sets = {"a": query("x(n: Int = 1, m: Int = 2): Int"), "b": query("x(n: Int = 1, m: Int): Int")}
    arguments = definition("Query", **sets).fields["x"].arguments  # type: ignore[union-attr]
    assert arguments["n"].default == 1
    assert isinstance(arguments["m"].default, NoDefault)
    assert hints(**sets) == {"INCONSISTENT_DEFAULT_VALUE_PRESENCE"}
    assert errors(a=query("x(n: Int = 1): Int"), b=query("x(n: Int = 2): Int")) == {"FIELD_ARGUMENT_DEFAULT_MISMATCH"}


def test_a_string_default_of_an_enum_is_its_value() -> None:
    api = composed(a='type Query { x(e: E = "A", i: In = {e: "A"}): Int } enum E { A } input In { e: E }').api_sdl
    assert api is not None
    assert "x(e: E = A, i: In = {e: A}): Int" in api


def test_the_most_frequent_description_wins() -> None:
    sets = {
        "a": '"one" type Query @shareable { "f" x("p" n: Int): Int }',
        "b": '"two" type Query @shareable { x(n: Int): Int }',
        "c": '"two" type Query @shareable { "f" x("q" n: Int): Int }',
    }
    merged = definition("Query", **sets)
    assert described(merged) == "two"
    assert described(merged, "x") == "f"
    assert described(merged, "x", "n") == "p"
    assert hints(**sets) == {"INCONSISTENT_DESCRIPTION"}


def test_externals_have_no_say_in_descriptions_and_arguments() -> None:
    merged = definition(
        "T",
        a='type Query { t: T } type T @key(fields: "id") { id: ID! "real" x(n: Int): Int }',
        b='type T @key(fields: "id") { id: ID! "ext" x(n: Int m: Int): Int @external y: Int @requires(fields: "x") }',
    )
    assert described(merged, "x") == "real"
    assert list(merged.fields["x"].arguments) == ["n"]  # type: ignore[union-attr]


def test_joins_are_written_only_where_they_say_something() -> None:
    same = 'type Query @shareable { x: Int } type T @key(fields: "id") { id: ID! y: Int @shareable }'
    found = joins("T", a=same, b=same + " type V { t: T }", c='type T @key(fields: "id") { id: ID! z: Int }')
    assert set(found.fields) == {"y", "z"}
    assert [join.graph for join in found.fields["y"]] == ["A", "B"]
    assert joins("T", a=same, b=same).fields == {}


def test_requires_provides_and_external_are_joined() -> None:
    sets = {
        "a": 'type Query { t: T @provides(fields: "x") } type T @key(fields: "id") { id: ID! x: Int @external }',
        "b": 'type T @key(fields: "id") { id: ID! x: Int @shareable }',
        "c": 'type T @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
    }
    assert field_joins("Query.t", **sets)["A"].provides == "x"
    assert {graph: join.external for graph, join in field_joins("T.x", **sets).items()} == {
        "A": True, "B": False, "C": True,
    }  # fmt: skip
    assert field_joins("T.y", **sets)["C"].requires == "x"


def enum(values: str) -> str:
    return f"enum E {{ {values} }} "


def test_an_output_enum_has_all_values() -> None:
    sets = {"a": enum("P Q") + "type Query { x: E }", "b": enum("P R")}
    assert list(definition("E", **sets).values) == ["P", "Q", "R"]  # type: ignore[union-attr]
    assert joins("E", **sets).values == {"P": ("A", "B"), "Q": ("A",), "R": ("B",)}
    assert hints(**sets) == {"INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"}


def test_an_input_enum_has_the_common_values() -> None:
    sets = {"a": enum("P Q") + "type Query { x(e: E): Int }", "b": enum("P R")}
    assert list(definition("E", **sets).values) == ["P"]  # type: ignore[union-attr]
    assert hints(**sets) == {"INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"}
    assert errors(a=enum("P") + "type Query { x(e: E): Int }", b=enum("R")) == {"EMPTY_MERGED_ENUM_TYPE"}


def test_an_enum_used_both_ways_has_the_same_values_everywhere() -> None:
    both = "type Query { x(e: E): E }"
    assert errors(a=enum("P Q") + both, b=enum("P")) == {"ENUM_VALUE_MISMATCH"}
    assert errors(a=enum("P Q @inaccessible") + both, b=enum("P")) == set()


def test_an_unused_enum_counts_as_output() -> None:
    sets = {"a": enum("P Q") + "type Query { x: Int }", "b": enum("P")}
    assert list(definition("E", **sets).values) == ["P", "Q"]  # type: ignore[union-attr]
    assert hints(**sets) == {"UNUSED_ENUM_TYPE", "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"}


def inputs(fields: str) -> str:
    return f"type Query @shareable {{ x(i: In): Int }} input In {{ {fields} }}"


def test_an_input_has_the_common_fields() -> None:
    sets = {"a": inputs("p: Int q: Int"), "b": inputs("p: Int!")}
    merged = definition("In", **sets)
    assert {name: str(item.type) for name, item in merged.fields.items()} == {"p": "Int!"}  # type: ignore[union-attr]
    assert hints(**sets) == {"INCONSISTENT_INPUT_OBJECT_FIELD", "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE"}


def test_inputs_at_odds() -> None:
    assert errors(a=inputs("p: Int q: Int!"), b=inputs("p: Int")) == {"REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"}
    assert errors(a=inputs("p: Int"), b=inputs("q: Int")) == {"EMPTY_MERGED_INPUT_TYPE"}
    assert errors(a=inputs("p: Int = 1"), b=inputs("p: Int = 2")) == {"INPUT_FIELD_DEFAULT_MISMATCH"}
    assert errors(a=inputs("p: Int q: Int @inaccessible"), b=inputs("p: Int")) == set()


def external(left: str, right: str, selection: str = "x") -> dict[str, str]:
    return {
        "a": f'type Query {{ t: T }} type T @key(fields: "id") {{ id: ID! {left} }}',
        "b": f'type T @key(fields: "id") {{ id: ID! {right} @external y: Int @requires(fields: "{selection}") }}',
    }


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        ("x: Int!", "x: Int", "EXTERNAL_TYPE_MISMATCH"),
        ("x(n: Int): Int", "x: Int", "EXTERNAL_ARGUMENT_MISSING"),
        ("x(n: ID): Int", "x(n: Int): Int", "EXTERNAL_ARGUMENT_TYPE_MISMATCH"),
        ("x(n: Int = 1): Int", "x(n: Int): Int", "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH"),
        ("x: Int", 'x: Int @tag(name: "t")', "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"),
        ("z: Int", "x: Int", "EXTERNAL_MISSING_ON_BASE"),
    ],
)
def test_externals_agree_with_what_is_resolved(left: str, right: str, code: str) -> None:
    assert errors(**external(left, right)) == {code}


def test_an_external_argument_may_accept_more() -> None:
    assert errors(**external("x(n: [Int!]!): Int", "x(n: [Int]): Int", "x(n: [1])")) == set()


def test_a_requirement_must_be_valid_on_the_supergraph() -> None:
    sets = external("x(n: Int m: Int): Int @shareable", "x(n: Int m: Int): Int", "x(n: 1)")
    assert errors(**sets) == set()
    sets["c"] = 'type T @key(fields: "id") { id: ID! x(m: Int): Int @shareable }'
    assert errors(**sets) == {"REQUIRES_INVALID_FIELDS"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("f(n: Int): Int", "f: Int", id="an argument is gone"),
        pytest.param("f(n: Int): Int", "f(n: Int!): Int", id="an argument became required"),
        pytest.param("f: Int!", "f: Int", id="a type became nullable"),
    ],
)
def test_merging_can_break_an_implementation(left: str, right: str) -> None:
    assert errors(
        a=f"type Query {{ i: I }} interface I {{ {left} }} "
        f'type T implements I @key(fields: "id") {{ id: ID! {left} @shareable }}',
        b=f'type T @key(fields: "id") {{ id: ID! {right} @shareable }}',
    ) == {"INVALID_GRAPHQL"}


def test_interface_fields_are_implemented() -> None:
    assert errors(
        a="type Query { i: I } interface I { x: Int } type A implements I { x: Int }",
        b="interface I { x: Int y: Int } type B implements I { x: Int y: Int }",
    ) == {"INTERFACE_FIELD_NO_IMPLEM"}


def test_merging_can_close_a_circle_of_required_input_fields() -> None:
    assert errors(
        a="type Query @shareable { x(a: A): Int } input A { b: B! } input B { a: A }",
        b="type Query @shareable { x(a: A): Int } input A { b: B } input B { a: A! }",
    ) == {"INVALID_GRAPHQL"}


def test_merging_can_take_a_value_from_a_default() -> None:
    assert errors(a="type Query { x(e: E = P): Int } enum E { P Q }", b="type Query { y(e: E): Int } enum E { Q }") == {
        "INVALID_GRAPHQL"
    }


def test_what_became_required_cannot_be_deprecated() -> None:
    assert errors(a=inputs("p: Int @deprecated"), b=inputs("p: Int!")) == {"INVALID_GRAPHQL"}


def test_numbers_are_one_default_however_they_are_written() -> None:
    assert errors(a=query("x(n: Float = 1): Int"), b=query("x(n: Float = 1.0): Int")) == set()


def test_a_federation_type_is_no_type_of_the_supergraph() -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["Scope"])
    type Query { x(s: Scope): Int }
    """
    assert {error.code for error in compose({"a": sdl}).errors} == {"INVALID_GRAPHQL"}
