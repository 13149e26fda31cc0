"""Normalisation: what is merged, what goes, what stays in order, and what it costs."""

from __future__ import annotations

import contextlib
import time

import pytest
from graphql import parse

from router.errors import OperationError, PlanningBudgetExceeded
from router.operation.model import Condition, FieldSelection, FragmentSelection, Operation, SelectionSet
from router.operation.normalise import normalise
from router.operation.type_index import TypeIndex
from router.planning.explain import print_selection_set
from router.type_system.reader import read_schema

SCHEMA = read_schema(
    """
    type Query { n: N, a: A, i: I, u: U, f(x: Boolean, y: Int): N }
    type Mutation { m: N }
    interface I { id: ID i: I }
    interface J { x: Int }
    type A implements I & J { id: ID i: I x: Int n: N }
    type B implements I { id: ID i: I y: Int n: N }
    type C { z: Int }
    union U = A | B | C
    type N { id: ID s: String n: N }
    """
)
INDEX = TypeIndex(SCHEMA)


def run(text: str, name: str | None = None) -> Operation:
    return normalise(parse(text, no_location=True), name, INDEX)


def lines(text: str) -> list[str]:
    return [line.strip() for line in print_selection_set(run(text).selection_set).split("\n")[1:-1]]


def only(selection_set: SelectionSet | None, *names: str) -> FieldSelection:
    for name in names:
        assert selection_set is not None
        found = next(
            item for item in selection_set.selections if isinstance(item, FieldSelection) and item.response_name == name
        )
        selection_set = found.selection_set
    return found


def test_equal_fields_become_one_and_their_selections_merge() -> None:
    assert lines("{ n { id } n { s } n { id } }") == ["n {", "id", "s", "}"]


def test_aliases_and_arguments_are_kept() -> None:
    assert lines("query($y: Int) { f(y: $y) { id } g: f(x: true) { s } }") == [
        "f(y: $y) {", "id", "}", "g: f(x: true) {", "s", "}",
    ]  # fmt: skip


def test_true_and_one_are_different_arguments() -> None:
    operation = run("{ f(x: true) { id } g: f(y: 1) { id } }")
    first, second = operation.selection_set.selections
    assert isinstance(first, FieldSelection)
    assert isinstance(second, FieldSelection)
    assert first.arguments[0][1] is True
    assert second.arguments[0][1] == 1
    assert second.arguments[0][1] is not True


def test_a_type_condition_that_always_holds_is_gone() -> None:
    assert lines("{ a { ... on I { id } ... on A { x } ... on J { x } ... { id } } }") == ["a {", "id", "x", "}"]


def test_an_impossible_type_condition_is_gone() -> None:
    assert lines("{ a { id ... on B { y } } i { id ... on C { z } } }") == ["a {", "id", "}", "i {", "id", "}"]


def test_nested_type_conditions_narrow_to_what_is_left() -> None:
    operation = run("{ u { ... on I { ... on J { x } id } } }")
    (first, second) = only(operation.selection_set, "u").selection_set.selections  # type: ignore[union-attr]
    assert isinstance(first, FragmentSelection)
    assert (first.type_condition, first.types) == ("J", ("A",))
    assert isinstance(second, FragmentSelection)
    assert (second.type_condition, second.types) == ("I", ("A", "B"))


def test_fields_stay_in_the_order_in_which_the_specification_collects_them() -> None:
    assert lines("{ i { ... on A { x } id ... on A { n { id } x } } }") == [
        "i {", "... on A {", "x", "}", "id", "... on A {", "n {", "id", "}", "}", "}",
    ]  # fmt: skip


def test_what_is_below_a_field_stays_in_order_too() -> None:
    assert lines("query($a: Boolean!) { n { id } n @include(if: $a) { s } n { n { id } id } }") == [
        "n {", "id", "}", "n @include(if: $a) {", "s", "}", "n {", "n {", "id", "}", "id", "}",
    ]  # fmt: skip


def test_constant_conditions_are_resolved() -> None:
    assert lines("{ n @skip(if: true) { id } a @include(if: true) { id } i @include(if: false) { id } }") == [
        "a {", "id", "}",
    ]  # fmt: skip


def test_conditions_of_fragments_go_to_their_fields() -> None:
    operation = run("query($a: Boolean!, $b: Boolean!) { n { ... @include(if: $b) { id @skip(if: $a) s } } }")
    below = only(operation.selection_set, "n").selection_set
    assert only(below, "id").conditions == (Condition("a", True), Condition("b", False))
    assert only(below, "s").conditions == (Condition("b", False),)


def test_conditions_that_hold_anyway_are_gone() -> None:
    text = "query($a: Boolean!) { n @include(if: $a) { id @include(if: $a) n { id @skip(if: $a) s } } }"
    assert lines(text) == ["n @include(if: $a) {", "id", "n {", "s", "}", "}"]


def test_contradicting_conditions_select_nothing() -> None:
    assert lines("query($a: Boolean!) { n { id ... @skip(if: $a) { s @include(if: $a) } } }") == ["n {", "id", "}"]


def test_a_leaf_that_is_there_in_any_case_needs_no_condition() -> None:
    assert lines("query($a: Boolean!) { n { id id @include(if: $a) } }") == ["n {", "id", "}"]
    assert len(lines("query($a: Boolean!) { n { id @include(if: $a) id } }")) == 4


def test_a_deferred_fragment_stays_apart() -> None:
    operation = run(
        'query($a: Boolean!) { a { id ... @defer(label: "l", if: $a) { id x } ... @defer(if: false) { x } } }'
    )
    _, deferred, field = only(operation.selection_set, "a").selection_set.selections  # type: ignore[union-attr]
    assert isinstance(deferred, FragmentSelection)
    assert deferred.defer is not None
    assert (deferred.defer.label, deferred.defer.condition) == ("l", "a")
    assert isinstance(field, FieldSelection)


def test_equal_selection_sets_are_one_object() -> None:
    operation = run("{ n { n { id s } } f { n { ...S } } } fragment S on N { id s }")
    assert (
        only(operation.selection_set, "n", "n").selection_set is only(operation.selection_set, "f", "n").selection_set
    )


def test_the_operation_is_chosen_by_name() -> None:
    document = "query A { n { id } } mutation B($v: [Int!]! = [1]) { m { id } }"
    operation = run(document, "B")
    assert (operation.kind, operation.root_type, str(operation.variables["v"].type)) == (
        "mutation",
        "Mutation",
        "[Int!]!",
    )
    with pytest.raises(OperationError):
        run(document)
    with pytest.raises(OperationError):
        run(document, "C")


def test_introspection_is_noted() -> None:
    assert run("{ ... { __schema { types { name } } } }").introspection
    assert not run("{ __typename }").introspection


def seconds(text: str) -> float:
    document = parse(text, no_location=True)
    best = 9.0
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(PlanningBudgetExceeded):
            normalise(document, None, INDEX)
        best = min(best, time.process_time() - start)
    return best


def chain(body: str, last: str) -> str:
    return (
        " ".join(f"fragment F{k} on N {{ {body.replace('#', str(k + 1))} }}" for k in range(18))
        + f" fragment F18 on N {{ {last} }}"
    )


def test_attacks_stay_cheap() -> None:
    spread = "{ n { ...F0 } } " + chain("...F# ...F#", "id")
    nested = "{ n { ...F0 } } " + chain("a: n { ...F# } b: n { ...F# }", "id")
    assert seconds(spread) < 0.05
    assert seconds(nested) < 0.05
    assert seconds("{ n { " + "n { id s } " * 200 + "} }") < 0.05
    assert seconds("{ i { " + "... on A { i { ... on B { i { " * 16 + "id" + " } } } }" * 16 + " } }") < 0.05


def test_aliases_cost_in_proportion() -> None:
    few = seconds("{ " + " ".join(f"a{k}: n {{ id }}" for k in range(500)) + " }")
    many = seconds("{ " + " ".join(f"a{k}: n {{ id }}" for k in range(5_000)) + " }")
    assert many < 40 * few


def test_one_fragment_under_too_many_conditions_is_refused() -> None:
    variables = " ".join(f"$a{k}: Boolean!" for k in range(1, 37))
    fragments = " ".join(
        f"fragment F{k} on N {{ ...F{k + 1} @include(if: $a{2 * k + 1}) ...F{k + 1} @include(if: $a{2 * k + 2}) }}"
        for k in range(18)
    )
    document = parse(f"query({variables}) {{ n {{ ...F0 }} }} {fragments} fragment F18 on N {{ id }}", no_location=True)
    with pytest.raises(PlanningBudgetExceeded):
        normalise(document, None, INDEX)
