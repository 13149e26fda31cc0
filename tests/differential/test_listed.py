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


def _linked(sdl: str) -> str:
    names = ("key", "provides", "external", "override", "context", "fromContext", "shareable", "requires", "tag")
    imports = ", ".join(f'"@{name}"' for name in names if f"@{name}" in sdl)
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{imports}]) {sdl}'


_MINE = (
    'extend schema @link(url: "https://x.dev/mine/v1.0", import: ["@mine"])'
    ' @federation__composeDirective(name: "@mine") directive @mine on FIELD_DEFINITION '
)
_EXTERNAL = _MINE + 'type Query { b: Int @external @mine r: Int @requires(fields: "b") x: Int @mine }'
_ON_EXTERNAL = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
_PROVIDING = (
    'type Query { q: T p: T @provides(fields: "x") } type T @shareable { id: ID! x: Int @external }',
    "type T @shareable { id: ID! x: Int%s }",
)
_OVERRIDDEN = (
    "type Query { a: Int } type Mutation { m: Query }",
    'type Query { a: Int @override(from: "a") b: Int } type Mutation { n: Int }',
)
_UNANSWERED = "The following supergraph API query:\n%s {\n  m {\n    ...\n  }\n}\ncannot be satisfied"
_BY_LONG_NAME = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")'
    ' @link(url: "https://specs.apollo.dev/context/v0.1", import: ["@context"])'
    ' type Query { t: T%s } type T @federation__context(name: "c") { a: Int }'
)


def _long_name(more: str) -> str | None:
    """What the reference writes for ``_BY_LONG_NAME``."""
    composed = compose({"a": _BY_LONG_NAME % more}).supergraph_sdl
    assert composed is not None
    link = 'url: "https://specs.apollo.dev/context/v0.1", '
    renamed = composed.replace("@context(", "@federation__context(")
    return renamed.replace(link, link + 'import: [{name: "@context", as: "@federation__context"}], ')


@pytest.mark.parametrize(
    ("heading", "sdls", "errors", "near"),
    [
        # A field that a @provides brings; and one that no @provides selects.
        (
            "Satisfiability looks at every way to a type",
            (_PROVIDING[0], _PROVIDING[1] % ""),
            [],
            ((_PROVIDING[0], _PROVIDING[1] % " y: Int"), []),
        ),
        # The key of an interface; and that of an object.
        (
            "A broken key of an interface",
            ('type Query { a: U } interface I @key(fields: "n") { id: ID! } type U { x: Int @requires(fields: "z") }',),
            [["KEY_INVALID_FIELDS", 'On type "I", for @key(fields: "n")']],
            (
                ('type Query { a: U } type I @key(fields: "n") { id: ID! } type U { x: Int @requires(fields: "z") }',),
                [["KEY_INVALID_FIELDS", 'On type "I", for @key(fields: "n")']],
            ),
        ),
        # A mutation field that leads to the query root; and a query field.
        (
            "A query root whose fields are all overridden",
            _OVERRIDDEN,
            [["SATISFIABILITY_ERROR", _UNANSWERED % "mutation"]],
            (_OVERRIDDEN, [["SATISFIABILITY_ERROR", _UNANSWERED % "query"]]),
        ),
        # A type of @link; and one of another feature.
        (
            "The definition of `@link` itself",
            ('extend schema @tag(name: "t") type Query { a(x: In): Int } input In { p: link__Purpose }',),
            [["REFERENCED_INACCESSIBLE", "Cannot remove elements of feature [object Object] as feature type ..."]],
            (
                ('extend schema @tag(name: "t") type Query { a(x: In): Int } input In { p: link__Purpose }',),
                [
                    [
                        "REFERENCED_INACCESSIBLE",
                        "Cannot remove elements of feature https://x.dev/foo as feature type ...",
                    ]
                ],
            ),
        ),
        # A field that bears the name of the subgraph that composes the directive; and one that doesn't.
        (
            "A composed directive on an external field that bears a subgraph's name",
            (_EXTERNAL, _MINE + "type Query { b: Int }"),
            [[_ON_EXTERNAL, 'Cannot apply merged directive @mine to external field "Query.b"']],
            (
                (_EXTERNAL, "type Query { b: Int }"),
                [[_ON_EXTERNAL, 'Cannot apply merged directive @mine to external field "Query.b"']],
            ),
        ),
        # Another kind of type is extended; and the same.
        (
            "Extensions of another kind",
            ("extend interface T { b: Int } type T { a: Int } type Query { t: T }",),
            [],
            (("extend type T { a: String } type T { a: Int } type Query { t: T }",), []),
        ),
        # The type that bears the root's name; and another.
        (
            "After a type that bears a root's name",
            ("schema { query: Q } type Q { a: Int } type Query { a: Int }",),
            [["ROOT_QUERY_USED", "used"], ["INVALID_GRAPHQL", 'Invalid application of "@tag" to "Query".']],
            (
                ("schema { query: Q } type Q { a: Int } type Query { a: Int }",),
                [["ROOT_QUERY_USED", "used"], ["INVALID_GRAPHQL", 'Invalid application of "@tag" to "Other".']],
            ),
        ),
        (
            "Federation 2.15",
            ('extend schema @federation__tag(name: "federation/v2.15") type Query { a: Int }',),
            [["UNKNOWN_FEDERATION_LINK_VERSION", "Invalid version v2.15"]],
            (("type Query { a: Int }",), [["UNKNOWN_FEDERATION_LINK_VERSION", "Invalid version v2.16"]]),
        ),
        (
            "Connectors",
            ('extend schema @link(url: "https://specs.apollo.dev/connect/v0.1") type Query { a: Int }',),
            [],
            (("type Query { a: Nope }",), []),
        ),
    ],
)
def test_a_listed_difference_is_recognised_and_a_near_one_is_not(
    heading: str, sdls: tuple[str, ...], errors: list[list[str]], near: tuple[tuple[str, ...], list[list[str]]]
) -> None:
    for wanted, texts, found in ((heading, sdls, errors), (None, *near)):
        subgraphs = {name: _linked(sdl) for name, sdl in zip("ab", texts, strict=False)}
        comparison = compare(subgraphs, _verdict(errors=found))
        assert comparison.differences
        assert heading_of(comparison) == wanted


def test_a_directive_by_its_long_name_is_told_from_other_differences() -> None:
    heading = "A directive by its long name beside its own feature"
    subgraphs = {"a": _BY_LONG_NAME % ""}
    mine = compose(subgraphs)
    same = {"errors": [], "hints": [], "api": mine.api_sdl, "supergraph": _long_name("")}
    assert heading_of(compare(subgraphs, same)) == heading
    assert heading_of(compare(subgraphs, same | {"hints": [["UNUSED_ENUM_TYPE", "E"]]})) is None
    assert heading_of(compare(subgraphs, same | {"supergraph": _long_name(" z: Int")})) is None


def test_a_directive_on_a_federation_type_is_told_from_other_differences() -> None:
    heading = "Directives on a federation type"
    subgraphs = {"a": _linked('scalar _Any\nscalar federation__FieldSet @tag(name: "t")\ntype Query { a: Int }')}
    mine = compose(subgraphs)
    assert mine.supergraph_sdl is not None
    without = compose({"a": _linked("type Query { a: Int }")}).supergraph_sdl
    same = {"errors": [], "hints": [], "api": mine.api_sdl, "supergraph": without}
    comparison = compare(subgraphs, same)
    assert comparison.differences
    assert heading_of(comparison) == heading
    other = compose({"a": _linked("type Query { a: Int b: Int }")}).supergraph_sdl
    assert heading_of(compare(subgraphs, same | {"supergraph": other})) is None
