"""The overlapping-fields rule: the verdicts of graphql-core's rule, at near linear cost."""

from __future__ import annotations

import random

import pytest
from graphql import build_schema, parse, validate
from graphql.validation import OverlappingFieldsCanBeMergedRule

from router.operation.overlapping_fields import OverlappingFieldsRule
from router.operation.tokens import count_tokens

SCHEMA = build_schema(
    """
    interface N { id: ID n: N x(a: Int, o: O): Int s: String! l: [N!] }
    type A implements N { id: ID n: N x(a: Int, o: O): Int s: String! l: [N!] p: Int q: [A] u: U e: E }
    type B implements N { id: ID n: N x(a: Int, o: O): Int s: String! l: [N!] p: String q: [B] u: U e: [E] }
    union U = A | B
    enum E { ONE }
    input O { a: Int b: [Int] }
    type Query { n: N a: A u: U }
    """
)


def check(query: str) -> list[str]:
    return [error.message for error in validate(SCHEMA, parse(query), [OverlappingFieldsRule])]


def reference(query: str) -> list[str]:
    return [error.message for error in validate(SCHEMA, parse(query), [OverlappingFieldsCanBeMergedRule])]


@pytest.mark.parametrize(
    "query",
    [
        "{ n { id id } }",
        "{ n { x(a: 1) x(a: 1) } }",
        "{ n { x(o: {a: 1, b: [2]}) x(o: {b: [2], a: 1}) } }",
        "{ u { ... on A { v: p } ... on B { w: p } } }",
        "{ u { ... on A { y: id } ... on B { y: id } } }",
        "{ u { ... on A { x(a: 1) } ... on B { x(a: 2) } } }",
        "{ u { ... on A { y: n { id } } ... on B { y: n { id s } } } }",
        "{ n { ...F ...F } } fragment F on N { id n { ...G } } fragment G on N { s }",
        "{ n { id } } fragment Unused on N { id: s id }",
        "{ n { ...Missing id } }",
    ],
)
def test_what_can_be_merged(query: str) -> None:
    assert check(query) == []


@pytest.mark.parametrize(
    "query",
    [
        "{ n { id: s id } }",
        "{ n { x(a: 1) x(a: 2) } }",
        "{ n { x(a: 1) x } }",
        "{ n { x(o: {a: 1}) x(o: {b: 1}) } }",
        "{ n { id ... on A { id: s } } }",
        "{ u { ... on A { v: p } ... on B { v: p } } }",
        "{ u { ... on A { e } ... on B { e } } }",
        "{ u { ... on A { y: n { id } } ... on B { y: id } } }",
        "{ u { ... on A { y: n { z: id } } ... on B { y: n { z: s } } } }",
        "{ n { y: l { id } y: n { id } } }",
        "{ a: n { id } a { id } }",
        "{ n { n { v: id } n { v: s } } }",
        "{ n { ...F n { id: s } } } fragment F on N { n { id } }",
        "{ n { ...F } } fragment F on N { n { ...F } id id: s }",
    ],
)
def test_what_cannot_be_merged_is_told_in_the_words_of_graphql_core(query: str) -> None:
    found = check(query)
    assert found
    # graphql-core names a conflict's two sides in another order where one comes from a fragment.
    assert sorted(found[0].split()) in [sorted(message.split()) for message in reference(query)]


def test_conflicts_have_the_places_of_both_fields() -> None:
    (error,) = validate(SCHEMA, parse("{ n { id: s\n id } }"), [OverlappingFieldsRule])
    assert [(place.line, place.column) for place in error.locations or ()] == [(1, 7), (2, 2)]


def test_verdicts_are_those_of_graphql_core_on_random_operations() -> None:
    chosen = random.Random(20261123)
    conflicts = 0
    for _ in range(600):
        query = f"{{ n {{ {_selections(chosen, 3, 'N')} }} n {{ {_selections(chosen, 2, 'N')} }} }}"
        expected = reference(query)
        conflicts += bool(expected)
        assert bool(check(query)) == bool(expected), query
    assert 100 < conflicts < 590  # both verdicts occur


def _selections(chosen: random.Random, depth: int, type_name: str) -> str:
    parts: list[str] = []
    for _ in range(chosen.randint(1, 3)):
        roll = chosen.random()
        alias = chosen.choice(["", "", "", "y: ", "x: ", "n: "])
        if roll < 0.35 and type_name != "U":
            parts.append(alias + chosen.choice(["id", "s", "x", "x(a: 1)", "x(a: 2)"]))
        elif roll < 0.5 and type_name in "AB":
            parts.append(alias + "p")
        elif depth and roll < 0.7 and type_name != "U":
            parts.append(f"{chosen.choice(['', '', 'q: '])}n {{ {_selections(chosen, depth - 1, 'N')} }}")
        elif depth and roll < 0.8 and type_name in "AB":
            parts.append(f"{chosen.choice(['', 'n: '])}q {{ {_selections(chosen, depth - 1, type_name)} }}")
        elif depth and roll < 0.85 and type_name in "AB":
            parts.append(f"u {{ {_selections(chosen, depth - 1, 'U')} }}")
        elif depth:
            inner = type_name if type_name in "AB" else chosen.choice("AB")
            parts.append(f"... on {inner} {{ {_selections(chosen, depth - 1, inner)} }}")
        else:
            parts.append("__typename")
    return " ".join(parts)


def _nested(length: int) -> str:
    text = "n{id}"
    while len(text) < length:
        text = f"n{{...on A{{{text}}}...on B{{{text}}}}}"
    return text


@pytest.mark.parametrize(
    "query",
    [
        "{" + "n{id s}" * 400 + "}",
        "{" + _nested(7000) + "}",
        "{n{" + " ".join(f"a{number}:id" for number in range(3000)) + "}}",
        "{n{...F0}}"
        + "".join(f"fragment F{n} on N{{n{{...F{n + 1}}} m:n{{...F{n + 1}}}}}" for n in range(18))
        + "fragment F18 on N{id}",
    ],
    ids=["repetition", "nested fragments", "many names", "doubling fragments"],
)
def test_attacks_cost_little(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Looks are what the time goes with: no more than some for each token, where pairs of fields would be millions.
    monkeypatch.setattr("router.operation.overlapping_fields.MAX_LOOKS", 4 * count_tokens(query, 100_000))
    assert validate(SCHEMA, parse(query), [OverlappingFieldsRule]) == []


def test_what_would_take_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.operation.overlapping_fields.MAX_LOOKS", 10)
    (message,) = check("{ n { id s n { id s n { id s n { id s } } } } }")
    assert "too many ways" in message
