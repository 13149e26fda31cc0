"""The documents of ``bench/attacks``: each is planned, or refused with the code of the limit that it passes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bench.attacks.documents import ATTACKS
from bench.attacks.run import make_preparer
from router.errors import OperationError, PlanningError
from router.pipeline.prepare import Preparer, Wanted

PLANNED = {
    "200 equal objects within one",
    "fragments side by side on two types",
    "fragments on two types, ten deep",
    "two ways at each of twelve levels",
    "500 aliases, within the limit",
    "99 levels",
    "99 levels, back and forth",
    "100 root fields",
    "14,000 values",
    "9,900 fields",
    "9,900 fields on 90 levels",
    "3,700 equal objects",
    "700 objects that differ by blanks",
    "a tree of 8 levels",
    "a tree of 8 levels, to and fro",
    "a string of 900 kB",
    "900 kB of nothing",
    "900 kB of comments",
}
REFUSED = {
    "200 equal objects": "MAX_ROOT_FIELDS_LIMIT",
    "nested fragments on two types": "GRAPHQL_PARSE_FAILED",
    "10,000 aliases": "GRAPHQL_PARSE_FAILED",
    "4,900 aliases": "MAX_ALIASES_LIMIT",
    "fragments that double 18 times": "MAX_HEIGHT_LIMIT",
    "fragments that double 18 times, at fields": "MAX_ALIASES_LIMIT",
    "fragments that double 18 times, at one field": "MAX_HEIGHT_LIMIT",
    "fragments that double 12 times, within the height": "MAX_HEIGHT_LIMIT",
    "fragments that double under conditions": "MAX_DIRECTIVES_LIMIT",
    "circular fragments": "GRAPHQL_VALIDATION_FAILED",
    "2,000 levels": "GRAPHQL_PARSE_FAILED",
    "7,000 levels, not closed": "GRAPHQL_PARSE_FAILED",
    "5,000 root fields": "GRAPHQL_PARSE_FAILED",
    "5,000 times one root field": "MAX_ROOT_FIELDS_LIMIT",
    "3,000 directives": "GRAPHQL_PARSE_FAILED",
    "7,000 directives that don't exist": "MAX_DIRECTIVES_LIMIT",
    "a list in a list, 7,000 levels": "GRAPHQL_PARSE_FAILED",
    "an input object, 2,000 levels": "GRAPHQL_PARSE_FAILED",
    "4,900 arguments of one name": "GRAPHQL_VALIDATION_FAILED",
    "3,700 variables": "GRAPHQL_VALIDATION_FAILED",
    "3,700 variables of one name": "GRAPHQL_VALIDATION_FAILED",
    "a variable used 2,900 times": "MAX_ROOT_FIELDS_LIMIT",
    "1,600 operations": "OPERATION_RESOLUTION_FAILURE",
    "1,600 fragments that nothing spreads": "GRAPHQL_VALIDATION_FAILED",
    "900 fragments, each in the next": "QUERY_PLAN_COMPLEXITY_EXCEEDED",
    "7,000 unknown fragments": "GRAPHQL_VALIDATION_FAILED",
    "9,000 unknown fields": "GRAPHQL_VALIDATION_FAILED",
    "250 conflicts": "GRAPHQL_VALIDATION_FAILED",
    "100 conflicts of arguments": "GRAPHQL_VALIDATION_FAILED",
    "14,000 fields": "MAX_HEIGHT_LIMIT",
    "14,000 fields on 99 levels": "MAX_HEIGHT_LIMIT",
    "500,000 tokens": "GRAPHQL_PARSE_FAILED",
    "a name of 900 kB": "GRAPHQL_VALIDATION_FAILED",
}


@pytest.fixture(scope="module")
def preparer() -> Preparer:
    return make_preparer()


@pytest.fixture(autouse=True)
def _stack_of_the_preparing_process() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(before)


def test_every_document_has_an_outcome() -> None:
    assert PLANNED.isdisjoint(REFUSED)
    assert PLANNED | REFUSED.keys() == ATTACKS.keys()


@pytest.mark.parametrize("name", sorted(PLANNED))
def test_what_is_within_the_limits_is_planned(name: str, preparer: Preparer) -> None:
    assert preparer.prepare(Wanted(ATTACKS[name], None)).plan.node is not None


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_is_refused_with_its_code(name: str, preparer: Preparer) -> None:
    with pytest.raises((OperationError, PlanningError)) as caught:
        preparer.prepare(Wanted(ATTACKS[name], None))
    if isinstance(caught.value, OperationError):
        assert REFUSED[name] in {(item.extensions or {}).get("code") for item in caught.value.errors}
        assert len(caught.value.errors) <= 51
    else:
        assert caught.value.code == REFUSED[name]
