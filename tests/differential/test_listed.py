"""The differential run's own parts, without the reference composer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from router.composition.compose import compose
from tests.differential.listed import LISTED, Comparison, heading_of
from tests.differential.run import compare, make_sets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "composition-differences.md"
GOOD = {"a": "type Query { a: Int b(x: Int): Int }"}


def _verdict(**changes: Any) -> dict[str, Any]:
    composition = compose(GOOD)
    same: dict[str, Any] = {
        "errors": [],
        "hints": [],
        "api": composition.api_sdl,
        "supergraph": composition.supergraph_sdl,
    }
    return same | changes


@pytest.mark.parametrize("heading", LISTED)
def test_every_listed_difference_is_on_the_page(heading: str) -> None:
    assert f"\n## {heading}\n" in PAGE.read_text(encoding="utf-8")


def test_a_seed_repeats_its_cases_and_they_differ() -> None:
    def some(seed: int) -> Iterator[dict[str, str]]:
        return (dict(subgraphs) for subgraphs in islice(make_sets(12, seed), 12))

    first = list(some(1))
    assert first == list(some(1))
    assert first != list(some(2))
    assert len({str(subgraphs) for subgraphs in first}) == 12
    for subgraphs in first:
        for sdl in subgraphs.values():
            parse(sdl)


def test_equal_verdicts_do_not_differ() -> None:
    assert compare(GOOD, _verdict()).differences == ()


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"errors": [["NO_QUERIES", "none"]]}, "errors [] instead of ['NO_QUERIES']"),
        ({"hints": [["UNUSED_ENUM_TYPE", "E"]]}, "hints: [] more, ['UNUSED_ENUM_TYPE'] missing"),
        ({"api": "type Query {\n  a: Int!\n  b(x: Int): Int\n}"}, "API schema: -  a: Int!"),
        ({"supergraph": compose({"a": "type Query { a: Int! b(x: Int): Int }"}).supergraph_sdl}, "Query.a: "),
    ],
)
def test_a_difference_is_seen_and_not_listed(changes: dict[str, Any], difference: str) -> None:
    comparison = compare(GOOD, _verdict(**changes))
    assert comparison.differences[0].startswith(difference)
    assert heading_of(comparison) is None


def test_a_crash_is_listed() -> None:
    comparison = compare(GOOD, {"id": 1, "crash": "undefined"})
    assert isinstance(comparison, Comparison)
    assert heading_of(comparison) == "Where the reference crashes"
