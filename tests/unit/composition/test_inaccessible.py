"""@inaccessible: what remains for clients is a valid schema."""

from __future__ import annotations

import re

import pytest

from router.composition.compose import compose
from tests.unit.composition.sets import api, errors, federated


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        ("type Query @inaccessible { x: Int }", "QUERY_ROOT_TYPE_INACCESSIBLE"),
        ("type Query { x: Int t: T } type T { y: Int @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        ("type Query { x: Int u: U } union U = T type T @inaccessible { y: Int }", "ONLY_INACCESSIBLE_CHILDREN"),
        ("type Query { x: E } enum E { A @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        ("type Query { x(i: In): Int } input In { a: Int @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        ("type Query { x: Int t: T } type T @inaccessible { y: Int }", "REFERENCED_INACCESSIBLE"),
        ("type Query { x(e: E): Int } enum E @inaccessible { A }", "REFERENCED_INACCESSIBLE"),
        ("directive @d(e: E) on FIELD type Query { x: Int } enum E @inaccessible { A }", "REFERENCED_INACCESSIBLE"),
        (
            "type Query { i: I } interface I { x: Int y: Int } type T implements I { x: Int y: Int @inaccessible }",
            "IMPLEMENTED_BY_INACCESSIBLE",
        ),
        (
            "type Query { i: I } interface I { x(n: Int): Int } type T implements I { x(n: Int @inaccessible): Int }",
            "IMPLEMENTED_BY_INACCESSIBLE",
        ),
        ("type Query { x(n: Int! @inaccessible): Int }", "REQUIRED_INACCESSIBLE"),
        ("type Query { x(i: In): Int } input In { a: Int! @inaccessible b: Int }", "REQUIRED_INACCESSIBLE"),
        ("directive @d(n: Int! @inaccessible) on FIELD type Query { x: Int }", "REQUIRED_INACCESSIBLE"),
        (
            "type Query { i: I } interface I { x(n: Int! = 1 @inaccessible): Int }"
            " type T implements I { x(n: Int!): Int }",
            "REQUIRED_INACCESSIBLE",
        ),
        ("type Query { x(e: E = A): Int } enum E { A @inaccessible B }", "DEFAULT_VALUE_USES_INACCESSIBLE"),
        (
            "type Query { x(i: [In] = [{a: 1}]): Int } input In { a: Int @inaccessible b: Int }",
            "DEFAULT_VALUE_USES_INACCESSIBLE",
        ),
    ],
)
def test_what_may_not_be_hidden(sdl: str, code: str) -> None:
    assert errors(a=sdl) == {code}


def test_a_hidden_type_in_a_default_is_told_once() -> None:
    assert errors(a="type Query { x(e: E = A): Int } enum E @inaccessible { A @inaccessible }") == {
        "REFERENCED_INACCESSIBLE"
    }


def test_elements_of_a_composed_feature_may_not_be_hidden() -> None:
    sdl = """
    extend schema @link(url: "https://x.dev/foo/v1.0", import: ["@foo"]) @composeDirective(name: "@foo")
    directive @foo(n: Int @inaccessible) on FIELD_DEFINITION
    type Query { x: Int @foo }
    """
    assert errors(a=sdl) == {"DISALLOWED_INACCESSIBLE"}


def test_clients_may_not_see_the_types_of_a_composed_feature() -> None:
    sdl = """
    extend schema @link(url: "https://x.dev/foo/v1.0") @composeDirective(name: "@foo")
    directive @foo(n: foo__In) on FIELD_DEFINITION
    input foo__In { a: Int }
    type Query { x(i: foo__In): Int @foo }
    """
    assert errors(a=sdl) == {"REFERENCED_INACCESSIBLE"}
    assert errors(a=sdl.replace("(i: foo__In)", "")) == set()


def test_what_is_hidden_is_gone_from_the_api() -> None:
    text = api(
        a="""
        type Query { x: Int y(n: Int @inaccessible, m: Int): Int z: Int @inaccessible u: U e: E t: T }
        type Mutation @inaccessible { m: Int }
        interface I @inaccessible { x: Int }
        type T implements I { x: Int }
        type V @inaccessible { x: Int }
        union U = T | V
        enum E { A B @inaccessible }
        input In @inaccessible { a: Int }
        """
    )
    assert text == (
        "enum E {\n  A\n}\n\n"
        "type Query {\n  e: E\n  t: T\n  u: U\n  x: Int\n  y(m: Int): Int\n}\n\n"
        "type T {\n  x: Int\n}\n\n"
        "union U = T\n"
    )


_OWN = (
    "directive @inaccessible on ENUM_VALUE | INPUT_FIELD_DEFINITION\n"
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"])\n'
)


@pytest.mark.parametrize(
    ("own", "other", "code"),
    [
        ("enum E { X Y @inaccessible } type Query { x(e: E): E }", "enum E { X } type Query { y(e: E): E", None),
        (
            "input I { p: Int q: Int @inaccessible } type Query { x(i: I): Int }",
            "input I { p: Int } type Query {",
            None,
        ),
        (
            "input I { p: Int q: Int! @inaccessible } type Query { x(i: I): Int }",
            "input I { p: Int } type Query {",
            "REQUIRED_INACCESSIBLE",
        ),
    ],
)
def test_a_directive_that_a_subgraph_calls_so_itself_hides_too(own: str, other: str, code: str | None) -> None:
    importing = federated(f"{other} z: Int hidden: Int @inaccessible }}")
    composition = compose({"a": _OWN + own, "b": importing})
    assert {error.code.value for error in composition.errors} == ({code} if code else set())
    assert {hint.code.value for hint in composition.hints} == set()
    if composition.supergraph is not None:
        assert len(re.findall("@inaccessible", composition.supergraph_sdl or "")) > 2
