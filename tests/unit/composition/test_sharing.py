"""Who may resolve a field: @shareable and @override."""

from __future__ import annotations

import pytest

from tests.unit.composition.sets import errors, field_joins, hints

KEY = '@key(fields: "id")'


def entity(fields: str, query: str = "") -> str:
    return f"{query}type T {KEY} {{ id: ID! {fields} }}"


def test_everybody_must_share() -> None:
    query = "type Query { t: T } "
    assert errors(a=entity("x: Int", query), b=entity("x: Int")) == {"INVALID_FIELD_SHARING"}
    assert errors(a=entity("x: Int @shareable", query), b=entity("x: Int")) == {"INVALID_FIELD_SHARING"}
    assert errors(a=entity("x: Int @shareable", query), b=entity("x: Int @shareable")) == set()


def test_key_fields_are_shared_at_any_depth() -> None:
    nested = 'type T @key(fields: "id o { n }") { id: ID! o: O } type O { n: Int }'
    assert errors(a="type Query { t: T } " + nested, b=nested) == set()


def test_shareable_speaks_for_its_own_part_of_a_type() -> None:
    parts = 'type Query { t: T } type T @key(fields: "id") { id: ID! } extend type T @shareable { a: Int } '
    assert errors(a=parts, b=entity("a: Int @shareable")) == set()
    assert errors(a=parts + "extend type T { b: Int }", b=entity("b: Int @shareable")) == {"INVALID_FIELD_SHARING"}


def test_a_provided_field_is_resolved_too() -> None:
    providing = entity("x: Int @external", 'type Query { t: T @provides(fields: "x") } ')
    assert errors(a=providing, b=entity("x: Int @shareable")) == set()
    assert errors(a=providing, b=entity("x: Int")) == {"INVALID_FIELD_SHARING"}


def test_subscriptions_are_not_shared() -> None:
    query = "type Query { a: Int } "
    assert errors(a=query + "type Subscription { s: Int @shareable }") == {"INVALID_FIELD_SHARING"}


def test_an_override_hands_a_field_over() -> None:
    sets = {"a": entity('x: Int @override(from: "b")', "type Query { t: T } "), "b": entity("x: Int y: Int")}
    assert errors(**sets) == set()
    assert hints(**sets) == {"OVERRIDDEN_FIELD_CAN_BE_REMOVED"}
    found = field_joins("T.x", **sets)
    assert list(found) == ["A"]
    assert found["A"].override == "b"


def test_an_overridden_field_that_is_still_used_stays_known() -> None:
    sets = {
        "a": entity('k: ID! @override(from: "b")', "type Query { t: T } "),
        "b": 'type T @key(fields: "id") @key(fields: "k") { id: ID! k: ID! y: Int }',
    }
    found = field_joins("T.k", **sets)
    assert found["B"].used_overridden
    assert not found["A"].used_overridden


def test_a_label_keeps_both_sides() -> None:
    sets = {
        "a": entity('x: Int @override(from: "b", label: "percent(5)")', "type Query { t: T } "),
        "b": entity("x: Int"),
    }
    assert hints(**sets) == {"OVERRIDE_MIGRATION_IN_PROGRESS"}
    assert {graph: join.override_label for graph, join in field_joins("T.x", **sets).items()} == {
        "A": "percent(5)",
        "B": "percent(5)",
    }


@pytest.mark.parametrize("label", ["foo", "a1-b_c:d./e", "percent(0)", "percent(100)", "percent(12.34567891)"])
def test_good_labels(label: str) -> None:
    sets = {
        "a": entity(f'x: Int @override(from: "b", label: "{label}")', "type Query { t: T } "),
        "b": entity("x: Int"),
    }
    assert errors(**sets) == set()


@pytest.mark.parametrize("label", ["1a", "percent(101)", "percent(1.123456789)", "percent()", "a b", "_a"])
def test_bad_labels(label: str) -> None:
    sets = {
        "a": entity(f'x: Int @override(from: "b", label: "{label}")', "type Query { t: T } "),
        "b": entity("x: Int"),
    }
    assert errors(**sets) == {"OVERRIDE_LABEL_INVALID"}


def test_an_empty_label_is_none() -> None:
    sets = {"a": entity('x: Int @override(from: "b", label: "")', "type Query { t: T } "), "b": entity("x: Int")}
    assert hints(**sets) == {"OVERRIDDEN_FIELD_CAN_BE_REMOVED"}
    assert [(graph, join.override_label) for graph, join in field_joins("T.x", **sets).items()] == [("A", None)]


def overriding(here: str, there: str, code: str) -> None:
    assert code in errors(a=entity(here, "type Query { t: T } "), b=entity(there))


def test_overrides_at_fault() -> None:
    overriding('x: Int @override(from: "a")', "y: Int", "OVERRIDE_FROM_SELF_ERROR")
    overriding('x: Int @override(from: "b")', 'x: Int @override(from: "c")', "OVERRIDE_SOURCE_HAS_OVERRIDE")
    overriding(
        'x: Int @override(from: "b") w: Int',
        'x: Int @requires(fields: "w") w: Int @external',
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
    )
    assert errors(
        a='type Query { i: I } interface I { x: Int @override(from: "b") } type A implements I { x: Int }',
        b=entity("y: Int"),
    ) == {"OVERRIDE_ON_INTERFACE"}


@pytest.mark.parametrize(
    ("source", "there", "hint"),
    [
        ("c", "y: Int", "FROM_SUBGRAPH_DOES_NOT_EXIST"),
        ("b", "y: Int", "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED"),
        ("b", 'x: Int @external z: Int @requires(fields: "x")', "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED"),
    ],
)
def test_overrides_without_effect(source: str, there: str, hint: str) -> None:
    sets = {"a": entity(f'x: Int @override(from: "{source}")', "type Query { t: T } "), "b": entity(there)}
    assert hints(**sets) == {hint}


def test_a_label_counts_even_where_the_source_is_external() -> None:
    sets = {
        "a": entity('x: Int @override(from: "b", label: "foo") @shareable', "type Query { t: T } "),
        "b": entity('x: Int @external y: Int @requires(fields: "x")'),
        "c": entity("x: Int @shareable"),
    }
    assert hints(**sets) == {"OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", "OVERRIDE_MIGRATION_IN_PROGRESS"}
    assert {graph: join.override_label for graph, join in field_joins("T.x", **sets).items()} == {
        "A": "foo",
        "B": "foo",
        "C": None,
    }


def test_an_overridden_field_that_a_context_reads_stays_known() -> None:
    sets = {
        "a": 'type Query { t: T } type T @key(fields: "id") @context(name: "c") { id: ID! n: String u: U } '
        'type U @key(fields: "id") { id: ID! f(n: String @fromContext(field: "$c { n }")): Int }',
        "b": entity('n: String @override(from: "a")'),
    }
    assert field_joins("T.n", **sets)["A"].used_overridden
