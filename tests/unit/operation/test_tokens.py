"""The token scan counts what the parser would count, and stops at the limit."""

from __future__ import annotations

import time

import pytest
from graphql import Source, TokenKind
from graphql.language import Lexer

from router.operation.tokens import count_tokens


def lexed(text: str) -> int:
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{ me }",
        'query Q($a: Int = -1.5e3, $b: [String!] = ["x", "y\\"z"]) @d { a(x: {y: $a}) ...F }',
        "{ ... on T @skip(if: true) { b } }",
        '{ a(x: """block "quoted" \\""" text""", y: "") }',
        "# a comment { } \n{ a, b,,, c } # end",
        "\ufeff{ a|b & c }",
        "{ a\r\n\tb }",
    ],
)
def test_counts_are_those_of_the_lexer(text: str) -> None:
    assert count_tokens(text, 1000) == lexed(text)


def test_it_stops_at_the_limit() -> None:
    assert count_tokens("a " * 100, 100) == 100
    assert count_tokens("a " * 101, 100) == 101
    assert count_tokens("a " * 100_000, 100) == 101


def test_what_is_no_token_counts_as_one() -> None:
    assert count_tokens("a ? ; b", 10) == 4
    assert count_tokens('{ a(x: "unterminated\n) }', 100) >= 6


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff \n" * 300_000,
        '"""' + 'x\\"""' * 200_000,
        '"' * 1_000_000,
        '"' + "\\" * 1_000_000,
        "#" * 1_000_000,
        "." * 1_000_000,
        "?" * 1_000_000,
    ],
    ids=["blank", "block string", "quotes", "escapes", "comment", "dots", "rubbish"],
)
def test_it_is_linear_in_the_text(text: str) -> None:
    started = time.process_time()
    count_tokens(text, 15_000)
    assert time.process_time() - started < 1.0
