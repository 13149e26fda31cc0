"""Selections that stand twice, word for word, are dropped; nothing else is."""

from __future__ import annotations

import pytest
from graphql import print_ast

from router.operation.duplicates import drop_duplicates
from router.operation.parsing import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ a a b a }", "{ a b }"),
        ("{ n { id s } n { id s } }", "{ n { id s } }"),
        ("{ n { id id } n { id } }", "{ n { id } n { id } }"),
        ("{ x: a x: a a }", "{ x: a a }"),
        ("{ a(v: 1) a(v: 2) a(v: 1) }", "{ a(v: 1) a(v: 2) }"),
        ("{ ...F ...F ... on T { a } ... on T { a } } fragment F on T { b b }", None),
        ("query A { a a } query B { a }", "query A { a } query B { a }"),
    ],
)
def test_what_is_dropped(text: str, expected: str | None) -> None:
    wanted = expected or "{ ...F ... on T { a } } fragment F on T { b }"
    assert print_ast(drop_duplicates(parse(text))) == print_ast(parse(wanted))


@pytest.mark.parametrize(
    "text",
    [
        "{ a b { a } c: a }",
        "{ ... @defer { a } ... @defer { a } }",
        '{ ... @defer(label: "x") { a } ... @defer(label: "x") { a } }',
        "{ a @d a @d }",
        "type T { a: Int }",
    ],
)
def test_what_stays_as_it_is(text: str) -> None:
    document = parse(text)
    assert drop_duplicates(document) is document


def test_long_selections_are_left_alone() -> None:
    long = f'a(v: "{"x" * 3_000}")'
    document = parse("{" + long + " " + long + "}")
    assert drop_duplicates(document) is document
