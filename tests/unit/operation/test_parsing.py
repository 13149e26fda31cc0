"""The parser gives the trees and the errors of graphql-core's."""

from __future__ import annotations

import random
import sys

import pytest
from graphql import GraphQLSyntaxError
from graphql import parse as reference
from graphql.language import DocumentNode, Node

from bench.attacks.documents import ATTACKS
from router.operation.parsing import parse

GOOD = [
    "{ a }",
    "\ufeff# first\n{ a, b ,, c } # last",
    "#\r#\n\r\n{ a\r\n\tb\r c }#",
    'query Q($a: Int! = -1, $b: [T!]! = [1, 2.5e-3, -0, 0.1E+7, 1e3]) @d(x: $a) { x: y(z: {k: "v"}) @e @f { w } }',
    '{ a(s: "", t: "plain", u: "\\"\\\\\\/\\b\\f\\n\\r\\t", v: "\\u00e9\\uD83D\\uDE00\\u{1F600}\\u{41}") }',
    '{ a(s: """""", t: """x""", u: """\n    one\n      two "quoted" ""\n\n   \\""" three\\n\r\n    """) }',
    '{ a(s: """a\\""" and """, b: 1) { c(x: """ " """) } }',
    '{ a(s: "\\u{0}\\u{00041}\\u{D7FF}\\u{e000}\\u{10FFFF}\\u{0010ffff}\\u{0001F600}\\u{00000000}") }',
    '{ a(s: "\\u0041\\ud7ff\\uE000\\udbff\\udfff\\n\\u00e9", t: """\n x\n  y\n\n z \n \n""", u: """ a\n\t b\n  c""") }',
    "{ a(x: true, y: null, z: ENUM, l: [], o: {}) ... @include(if: true) { b } ...F ... on T { on } }",
    "fragment F on T @d { query fragment }  subscription S { a } mutation { b }",
    '"a description" query Q { a } """another""" fragment F on T { b }',
    "type T { a: Int } extend type T @d",
    '{ a(s: "\u00e9\u4e2d\U0001f600\x7f\x00") }',
]
BAD = [
    "",
    "   # nothing",
    "{",
    "{ }",
    "{ a { } }",
    "{ a(x: ) }",
    "{ a: }",
    "{ 1 }",
    "{ a(x: 01) }",
    "{ a(x: 1a) }",
    "{ a(x: 1.) }",
    "{ a(x: -) }",
    "{ a(x: 1.2.3) }",
    "{ a(x: .5) }",
    "{ a .. b }",
    "{ a ? }",
    "{ a(x: 'b') }",
    '{ a(x: "open) }',
    '{ a(x: "a\nb") }',
    '{ a(x: "\\x") }',
    '{ a(x: "\\uD83D") }',
    '{ a(x: "\\u{110000}") }',
    '{ a(x: "\\u12") }',
    '{ a(x: "good \\u0041 and \\u{D800}") }',
    '{ a(x: "\\u{}") }',
    '{ a(x: "\\u{000000041}") }',
    '{ a(x: "\\u{1F600") }',
    '{ a(x: "\\uDE00\\uD83D") }',
    '{ a(x: "\\uD83D\\u0041") }',
    '{ a(x: """good \\""" and \ud800""") }',
    '{ a(x: "\\',
    '{ a(x: """open) }',
    '{ a(x: """"""") }',
    '{ a(x: "\ud800") }',
    "# \ud800\n{ a }",
    "{ a } }",
    "fragment on on T { a }",
    "query ($x: [Int) { a }",
    "{" + "a{" * 5_000,
    "\n\n  { a(x: \r\n  $$) }",
]


def places(node: object) -> list[object]:
    """The places of all nodes, in the order of the tree."""
    if isinstance(node, Node):
        own = (node.kind, node.loc.start, node.loc.end) if node.loc is not None else (node.kind,)
        return [own, *(place for key in node.keys if key != "loc" for place in places(getattr(node, key)))]
    if isinstance(node, tuple | list):
        return [place for item in node for place in places(item)]
    return []


def outcome(text: str, mine: bool) -> object:
    return _told(_read(text, mine))


def _read(text: str, mine: bool) -> DocumentNode | GraphQLSyntaxError:
    try:
        return parse(text) if mine else reference(text, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        return error


def _told(found: DocumentNode | GraphQLSyntaxError) -> object:
    if isinstance(found, GraphQLSyntaxError):
        return found.message, found.locations
    return found.to_dict(), places(found)


@pytest.mark.parametrize("text", GOOD)
def test_trees_are_those_of_graphql_core(text: str) -> None:
    found = outcome(text, mine=True)
    assert isinstance(found[0], dict)  # type: ignore[index]
    assert found == outcome(text, mine=False)


@pytest.mark.parametrize("text", BAD)
def test_errors_are_those_of_graphql_core(text: str) -> None:
    found = outcome(text, mine=True)
    assert isinstance(found[0], str)  # type: ignore[index]
    assert found == outcome(text, mine=False)


@pytest.mark.parametrize("name", [name for name, text in ATTACKS.items() if len(text) < 10_000])
def test_attacks_are_read_the_same_way(name: str) -> None:
    # Both parse within the interpreter's own limit; writing a tree as data takes more frames a level in CPython 3.11.
    mine, core = (_read(ATTACKS[name], mine) for mine in (True, False))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * limit)
    try:
        assert _told(mine) == _told(core)
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("seed", range(20))
def test_spoilt_documents_are_read_the_same_way(seed: int) -> None:
    draw = random.Random(seed)
    letters = '{}()[]:$@!|&="\\.#\n\r ,\ufeffaE_0-1+\u00e9\ud800u{n'
    for text in GOOD:
        for _ in range(10):
            at = draw.randrange(len(text) + 1)
            spoilt = text[:at] + "".join(draw.choices(letters, k=draw.randrange(3))) + text[at + draw.randrange(3) :]
            assert outcome(spoilt, mine=True) == outcome(spoilt, mine=False), repr(spoilt)
