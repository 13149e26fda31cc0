from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.composition.merge.argument_strategies import (
    NOTHING,
    conjoin,
    conjunction,
    implies,
    maximum,
    nullable_and,
    nullable_maximum,
    nullable_union,
    read_clauses,
)
from router.type_system.values import Value

forms = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3), max_size=3).map(
    lambda form: tuple(tuple(clause) for clause in form)
)


def test_numbers_and_lists() -> None:
    assert maximum((1, 7, 3)) == 7
    assert nullable_maximum((None, 2)) == 2
    assert nullable_maximum((None,)) is None
    assert nullable_union((("a", "b"), None, ("b", "c"))) == ("a", "b", "c")
    assert nullable_union((None,)) is None
    assert nullable_and((True, None)) is True
    assert nullable_and((True, False)) is False
    assert nullable_and((None,)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([(("a",), ("b",)), (("c",),)], (("a", "c"), ("b", "c")), id="distributes"),
        pytest.param([(("a",), ("b",)), (("b",), ("a",))], (("a",), ("b",)), id="absorbs"),
        pytest.param([(), (("x",),)], (("x",),), id="an empty form asks for nothing"),
        pytest.param([()], ((),), id="nothing stays nothing"),
        pytest.param([(("b", "a"), ("b", "a", "c"))], (("a", "b"),), id="implied clauses go"),
    ],
)
def test_conjunction(values: list[Value], expected: Value) -> None:
    assert conjunction(values) == expected


@settings(derandomize=True, deadline=None, database=None)
@given(forms, forms)
def test_a_conjunction_implies_both_and_nothing_else_is_needed(left: Value, right: Value) -> None:
    both = conjoin((read_clauses(left), read_clauses(right)))
    assert implies(both, read_clauses(left))
    assert implies(both, read_clauses(right))
    assert conjunction([left, right]) == conjunction([right, left])


@settings(derandomize=True, deadline=None, database=None)
@given(forms, st.sets(st.sampled_from("abcd")))
def test_a_conjunction_is_met_exactly_by_whoever_meets_both(form: Value, granted: set[str]) -> None:
    def met(value: Value) -> bool:
        return any(clause <= granted for clause in read_clauses(value))

    other: Value = (("a", "b"), ("c",))
    assert met(conjunction([form, other])) == (met(form) and met(other))


def test_implication() -> None:
    wanted = read_clauses((("a",), ("b",)))
    assert implies(read_clauses((("b", "x"),)), wanted)
    assert not implies(read_clauses((("b",), ("c",))), wanted)
    assert not implies(NOTHING, wanted)
    assert implies(NOTHING, NOTHING)
    assert implies(wanted, NOTHING)
