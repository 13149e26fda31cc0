"""The documents of ``bench/attacks``: each is planned, or refused with the code of the limit that it passes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bench.attacks.documents import ATTACKS
from bench.attacks.requests import REQUESTS
from bench.attacks.run import cost_of_request, make_preparer, make_supergraph
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
    "150,000 escapes in a string",
    "75,000 pairs of surrogates in a string",
    "110,000 points in a string",
    "300,000 letters of two to four bytes",
    "a block string of 450,000 lines",
    "a block string of 225,000 escaped quotes",
    "100 conditions on fields of another service",
    "100 conditions on objects of another service",
    "90 conditions, each within the last",
    "40 conditions, to and fro in fragments",
    "one condition on 240 fields in both senses",
    "2,000 fragments on the members of a union",
    "400 fragments on a union, each different",
    "a union's owners, nine levels",
    "an interface in itself, 90 levels",
    "fragments on one type within each other",
    "19 equal fields with 700 values each",
    "400 deferred fragments",
    "90 deferred fragments, each within the last",
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
    "1,600 operations": "MAX_DEFINITIONS_LIMIT",
    "1,600 fragments that nothing spreads": "MAX_DEFINITIONS_LIMIT",
    "900 fragments, each in the next": "QUERY_PLAN_COMPLEXITY_EXCEEDED",
    "7,000 unknown fragments": "GRAPHQL_VALIDATION_FAILED",
    "9,000 unknown fields": "GRAPHQL_VALIDATION_FAILED",
    "250 conflicts": "GRAPHQL_VALIDATION_FAILED",
    "100 conflicts of arguments": "GRAPHQL_VALIDATION_FAILED",
    "14,000 fields": "MAX_HEIGHT_LIMIT",
    "14,000 fields on 99 levels": "MAX_HEIGHT_LIMIT",
    "500,000 tokens": "GRAPHQL_PARSE_FAILED",
    "a name of 900 kB": "GRAPHQL_VALIDATION_FAILED",
    "a wrong escape after 900 kB of a string": "GRAPHQL_PARSE_FAILED",
    "a wrong letter after 900 kB of a block string": "GRAPHQL_PARSE_FAILED",
    "an unfinished string of 900 kB": "GRAPHQL_PARSE_FAILED",
    "conflicts after 900 kB of nothing": "GRAPHQL_VALIDATION_FAILED",
    "digits of 900 kB": "GRAPHQL_VALIDATION_FAILED",
    "a letter that is none, after 900 kB": "GRAPHQL_PARSE_FAILED",
    "1,900 spreads of one fragment": "MAX_HEIGHT_LIMIT",
    "19 fields with 700 values each, the last not equal": "GRAPHQL_VALIDATION_FAILED",
    "a default of 3,000 objects": "GRAPHQL_PARSE_FAILED",
    "1,400 variables with objects as defaults": "GRAPHQL_VALIDATION_FAILED",
    "100 introspections": "INTROSPECTION_DISABLED",
    "introspection of fields of fields": "INTROSPECTION_DISABLED",
    "1,600 operations of one name": "MAX_DEFINITIONS_LIMIT",
    "1,600 fragments of one name": "MAX_DEFINITIONS_LIMIT",
    "2,100 subscriptions": "MAX_DEFINITIONS_LIMIT",
    "2,400 unknown types": "GRAPHQL_VALIDATION_FAILED",
    "2,100 definitions of types": "MAX_DEFINITIONS_LIMIT",
    "4,900 unknown arguments": "GRAPHQL_VALIDATION_FAILED",
}
REFUSED_REQUESTS = {
    "a variable with 400,000 wrong values",
    "a variable with 200,000 unknown fields",
    "a variable of 100,000 levels",
    "introspection of fields of fields, where it is on",
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


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_that_costs_by_its_variables_is_answered_or_refused(name: str) -> None:
    _, said = await cost_of_request(make_supergraph(), REQUESTS[name], repeat=1)
    assert said == ("refused" if name in REFUSED_REQUESTS else "answered")
