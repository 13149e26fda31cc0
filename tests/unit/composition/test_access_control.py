"""@authenticated, @requiresScopes and @policy: how requirements combine, and that none is lost on the way."""

from __future__ import annotations

import pytest

from router.type_system.model import AppliedDirective
from tests.unit.composition.sets import definition, errors, hints


def test_requirements_of_several_subgraphs_are_all_asked_for() -> None:
    sets = {
        "a": 'type Query @shareable { x: Int @requiresScopes(scopes: [["a"], ["b"]]) @policy(policies: [["p"]]) }',
        "b": 'type Query @shareable { x: Int @requiresScopes(scopes: [["c"]]) @authenticated }',
    }
    applied = {d.name: d for d in definition("Query", **sets).fields["x"].directives}  # type: ignore[union-attr]
    assert applied["requiresScopes"].arguments == {"scopes": (("a", "c"), ("b", "c"))}
    assert applied["policy"].arguments == {"policies": (("p",),)}
    assert "authenticated" in applied
    assert hints(**sets) == {"MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"}


def test_an_interface_asks_for_what_all_its_implementations_ask_for() -> None:
    merged = definition(
        "I",
        a="""
        type Query { i: I }
        interface I { x: Int y: Int }
        type A implements I @authenticated { x: Int @requiresScopes(scopes: [["a"]]) y: Int }
        type B implements I { x: Int @requiresScopes(scopes: [["b"]]) y: Int }
        """,
    )
    assert [directive.name for directive in merged.directives] == ["authenticated"]
    fields = merged.fields  # type: ignore[union-attr]
    assert fields["x"].directives == (AppliedDirective("requiresScopes", {"scopes": (("a", "b"),)}),)
    assert fields["y"].directives == ()


BASE = (
    'type Query {{ t: T }} type T @key(fields: "id") {on_type} {{ id: ID! x: X {on_field} }} '
    "type X {on_target} {{ n: Int }}"
)
USER = (
    'type T @key(fields: "id") {{ id: ID! x: X @external y: Int @requires(fields: "x {{ n }}") {own} }} '
    "type X {{ n: Int @external }}"
)


@pytest.mark.parametrize(
    ("base", "own", "missing"),
    [
        ({"on_field": "@authenticated"}, "", True),
        ({"on_field": "@authenticated"}, "@authenticated", False),
        ({"on_target": '@policy(policies: [["p"]])'}, "@authenticated", True),
        ({"on_target": '@policy(policies: [["p"]])'}, '@policy(policies: [["p", "q"]])', False),
        ({"on_field": '@requiresScopes(scopes: [["a"], ["b"]])'}, '@requiresScopes(scopes: [["b"]])', False),
        ({"on_field": '@requiresScopes(scopes: [["a"]])'}, '@requiresScopes(scopes: [["a"], ["b"]])', True),
        ({"on_type": "@authenticated"}, "", False),
        ({"on_type": "@authenticated", "on_field": "@authenticated"}, "", False),
    ],
)
def test_a_field_asks_for_what_its_requirements_ask_for(base: dict[str, str], own: str, missing: bool) -> None:
    filled = {"on_type": "", "on_field": "", "on_target": "", **base}
    expected = {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"} if missing else set()
    assert errors(a=BASE.format(**filled), b=USER.format(own=own)) == expected


def test_a_type_condition_asks_for_what_its_type_asks_for() -> None:
    sets = {
        "a": 'type Query { t: T } type T @key(fields: "id") { id: ID! u: U } union U = A | B '
        "type A @authenticated { n: Int } type B { n: Int }",
        "b": 'type T @key(fields: "id") { id: ID! u: U @external y: Int @requires(fields: "u { ... on A { n } }") } '
        "union U = A | B type A { n: Int @external } type B { m: Int }",
    }
    assert errors(**sets) == {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"}


@pytest.mark.parametrize(("on_type", "on_field"), [("@authenticated", ""), ("", "@authenticated")])
def test_a_contextual_argument_asks_for_what_its_source_asks_for(on_type: str, on_field: str) -> None:
    sdl = f"""
    type Query {{ t: T }}
    type T @key(fields: "id") @context(name: "c") {on_type} {{ id: ID! n: String {on_field} u: U }}
    type U @key(fields: "id") {{ id: ID! f(n: String @fromContext(field: "$c {{ n }}")): Int %s }}
    """
    assert errors(a=sdl % "") == {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"}
    assert errors(a=sdl % "@authenticated") == set()
