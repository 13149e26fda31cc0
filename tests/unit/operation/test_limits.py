"""Limits are counted as if every fragment were written out, at linear cost."""

from __future__ import annotations

import time

import pytest
from graphql import parse

from router.operation.limits import DocumentLimits, check_limits

NONE = DocumentLimits(depth=None, height=None, aliases=None, root_fields=None, directives=None)

QUERY = """
query Q @a { ...R one: x { ...F ...F @b } }
fragment R on Query { y { z } }
fragment F on T { p: q { r @c @d } ... @e { s } }
"""


@pytest.mark.parametrize(
    ("name", "count", "code"),
    [
        ("depth", 3, "MAX_DEPTH_LIMIT"),
        ("height", 9, "MAX_HEIGHT_LIMIT"),
        ("aliases", 3, "MAX_ALIASES_LIMIT"),
        ("root_fields", 2, "MAX_ROOT_FIELDS_LIMIT"),
        ("directives", 8, "MAX_DIRECTIVES_LIMIT"),
    ],
)
def test_each_limit_is_exact(name: str, count: int, code: str) -> None:
    document = parse(QUERY)
    values = dict.fromkeys(("depth", "height", "aliases", "root_fields", "directives"))
    assert check_limits(document, DocumentLimits(**{**values, name: count})) == []
    (error,) = check_limits(document, DocumentLimits(**{**values, name: count - 1}))
    assert error.extensions == {"code": code}
    assert error.locations
    assert str(count) in error.message


def test_every_operation_is_checked() -> None:
    document = parse("query A { a } query B { a { b } }")
    limits = DocumentLimits(depth=1)
    assert len(check_limits(document, limits)) == 1


def test_circular_and_missing_fragments_are_left_to_the_rules() -> None:
    assert check_limits(parse("{ ...F } fragment F on Q { a { ...F } }"), DocumentLimits(depth=1)) == []
    assert check_limits(parse("{ ...Missing }"), DocumentLimits(depth=1)) == []


def test_doubling_fragments_are_counted_without_being_written_out() -> None:
    query = "{ ...F0 }" + "".join(f"fragment F{n} on Q {{ a {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(60))
    started = time.process_time()
    (error,) = check_limits(parse(query + "fragment F60 on Q { a }"), DocumentLimits(depth=100))
    assert time.process_time() - started < 0.5
    assert "over a million" in error.message
