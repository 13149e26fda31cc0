"""How the arguments of one directive, applied differently in several places, become one.

Enters: the values of one argument, in order, without the missing ones. Leaves: one value. Invariant: a strategy is
commutative and associative up to the order of list items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from router.type_system.values import Value

Strategy: TypeAlias = Callable[[Sequence[Value]], Value]


def maximum(values: Sequence[Value]) -> Value:
    """Return the largest number."""
    return max(_numbers(values))


def nullable_maximum(values: Sequence[Value]) -> Value:
    """Return the largest number, ``None`` where all are null."""
    return max(_numbers(values), default=None)


def nullable_union(values: Sequence[Value]) -> Value:
    """Return the items of all lists, each once, ``None`` where all are null."""
    lists = [value for value in values if isinstance(value, tuple)]
    if not lists:
        return None
    return tuple(dict.fromkeys(item for value in lists for item in value))


def nullable_and(values: Sequence[Value]) -> Value:
    """Return whether all are true, ``None`` where all are null."""
    truths = [value for value in values if isinstance(value, bool)]
    return all(truths) if truths else None


def conjunction(values: Sequence[Value]) -> Value:
    """Return the conjunction of disjunctive normal forms, without clauses that another one implies.

    ``[["a"], ["b"]]`` and ``[["c"]]`` are ``[["a", "c"], ["b", "c"]]``. An empty form asks for nothing, and so does one
    with an empty clause, which is what comes of such ones.
    """
    clauses = conjoin(read_clauses(value) for value in values)
    return tuple(sorted((tuple(sorted(clause, key=str)) for clause in clauses), key=str))


#: A disjunction of conjunctions of names; one that has the empty clause is always met.
Clauses: TypeAlias = frozenset[frozenset[Value]]

#: Asks for nothing.
NOTHING: Final[Clauses] = frozenset((frozenset(),))


def read_clauses(value: Value) -> Clauses:
    """Read a list of lists as clauses."""
    if not isinstance(value, tuple) or not value:
        return NOTHING
    return frozenset(frozenset(clause) if isinstance(clause, tuple) else frozenset((clause,)) for clause in value)


def conjoin(forms: Iterable[Clauses]) -> Clauses:
    """Return what asks for all of several forms."""
    result = NOTHING
    for form in forms:
        both = {left | right for left in result for right in form}
        result = frozenset(clause for clause in both if not any(other < clause for other in both))
    return result


def implies(given: Clauses, wanted: Clauses) -> bool:
    """Whether whoever meets ``given`` meets ``wanted`` too."""
    return all(any(clause <= other for clause in wanted) for other in given)


def _numbers(values: Sequence[Value]) -> list[int]:
    return [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
