"""Verdicts that comparing random sets of subgraphs with the reference composer has settled."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from tests.unit.composition.sets import api, definition, errors, federated, field_joins, hints, joins, supergraph

_KEYED = 'type T @key(fields: "id") '
_MINE = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@external", "@requires", "@interfaceObject", "@composeDirective"])'
    ' @link(url: "https://example.com/mine/%s", import: ["@mine"]) @composeDirective(name: "@mine")'
    " directive @mine%s %s"
)


def _codes(**subgraphs: str) -> set[str]:
    return {error.code.value for error in compose(subgraphs).errors}


def test_what_only_a_dropped_external_used_is_let_be_in_federation_1() -> None:
    old = 'type T @key(fields: "id") { id: ID! x: %s @external y: Int @external @requires(fields: "x") }'
    new = federated(f"{_KEYED} {{ id: ID! x: Int y: Int }} type Query {{ t: T }}")
    assert _codes(a=new, b=old % "Int") == set()
    assert _codes(a=new, b=old % "String") == {"EXTERNAL_TYPE_MISMATCH"}
    assert _codes(a=new, b=federated(old % "Int")) == {"EXTERNAL_UNUSED"}


def test_an_extension_without_a_key_takes_the_first_one_elsewhere_as_it_stands_there() -> None:
    composition = compose(
        {
            "a": 'type Query { a: Int } type User @key(fields: "age name") { age: Int! name: String! }',
            "b": 'type Book { author: User @requires(fields: "author { name }") } '
            "extend type User { name: String! @external }",
        }
    )
    assert composition.supergraph is not None
    assert "author" not in composition.supergraph.joins["Book"].fields
    assert "name" not in composition.supergraph.joins["User"].fields


def test_directives_on_external_fields() -> None:
    resolving = federated(f"{_KEYED} {{ id: ID! x(a: Int): Int }} type Query {{ t: T }}")

    def requiring(head: str, argument: str, field: str) -> str:
        body = f'{{ id: ID! x(a: Int {argument}): Int @external {field} y: Int @requires(fields: "x") }}'
        return head + _KEYED + body

    on_field, on_argument = requiring("", "", '@tag(name: "a")'), requiring("", '@tag(name: "a")', "")
    assert _codes(a=federated(on_field), b=resolving) == {"MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"}
    assert _codes(a=federated(on_argument), b=resolving) == set()
    composed = _MINE % ("v1.0", "", "on FIELD_DEFINITION ")
    assert _codes(a=requiring(composed, "", "@mine"), b=resolving) == set()


@pytest.mark.parametrize(
    ("older", "application", "newer"),
    [
        ("on FIELD_DEFINITION | OBJECT", "@mine", "on FIELD_DEFINITION"),
        ("(a: Int) on OBJECT", "@mine(a: 1)", "(b: Int) on OBJECT"),
        ("on OBJECT", "@mine", "(b: Int!) on OBJECT"),
        ("(a: Int) on OBJECT", "@mine(a: 1)", "(a: String) on OBJECT"),
    ],
)
def test_an_application_that_the_newest_definition_refuses(older: str, application: str, newer: str) -> None:
    old = f"{_MINE % ('v1.0', '', older)} {_KEYED} {application} {{ id: ID! x: Int }} type Query {{ t: T }}"
    new = f"{_MINE % ('v1.1', '', newer)} {_KEYED} {{ id: ID! y: Int }}"
    assert _codes(a=old, b=new) == {"INVALID_GRAPHQL"}
    assert _codes(a=old, b=f"{_MINE % ('v1.1', '', older)} {_KEYED} {{ id: ID! y: Int }}") == set()


def test_an_interface_object_may_bear_only_what_an_interface_may() -> None:
    whole = federated(
        'interface I @key(fields: "id") { id: ID! } type T implements I @key(fields: "id") { id: ID! }'
        " type Query { i: I }"
    )
    part = ' type I @key(fields: "id") @interfaceObject @mine { id: ID! x: Int }'
    assert _codes(a=whole, b=_MINE % ("v1.0", "", "on OBJECT") + part) == {"INVALID_GRAPHQL"}
    assert _codes(a=whole, b=_MINE % ("v1.0", "", "on OBJECT | INTERFACE") + part) == set()
    costly = part.replace("@mine", "@cost(weight: 1)")
    assert _codes(a=whole, b=federated(costly)) == {"INVALID_GRAPHQL"}


@pytest.mark.parametrize(("texts", "expected"), [(('""', ""), ""), (('""', '"x"'), "x"), (("", ""), None)])
def test_an_empty_description_is_one_where_there_is_no_other(texts: tuple[str, str], expected: str | None) -> None:
    found = definition("S", a=f"type Query {{ s: S }} {texts[0]} scalar S", b=f"{texts[1]} scalar S")
    assert found.description == expected


def test_a_default_may_lack_what_merging_made_required() -> None:
    sets = {
        "a": "type Query { x(i: In = {}): Int @shareable } input In { a: Int! = 1 }",
        "b": "type Query { x(i: In = {}): Int @shareable } input In { a: Int! }",
    }
    assert hints(**sets) == {"INCONSISTENT_DEFAULT_VALUE_PRESENCE"}
    assert "x(i: In): Int" in api(**sets)


def test_an_empty_list_is_let_pass_for_an_input_object() -> None:
    assert "x(i: In): Int" in api(a="type Query { x(i: In = []): Int } input In { a: Int b: In = [] }")


def test_a_query_root_with_keys() -> None:
    sets = {"a": 'type Query @key(fields: "x") @key(fields: "x y") { x: Int y: Int }', "b": "type T { x: Int }"}
    assert hints(**sets) == {"INCONSISTENT_ENTITY"}
    assert [(join.graph, join.key) for join in joins("Query", **sets).types] == [("A", "x"), ("A", "x y"), ("B", None)]


def test_an_extension_keeps_the_key_that_is_overridden() -> None:
    resolving = f'{_KEYED} {{ id: ID! @override(from: "b") x: Int }} type Query {{ t: T }}'
    requiring = '%s T @key(fields: "id") { id: ID! %s x: Int @external y: Int @requires(fields: "x") }'
    assert errors(a=resolving, b=requiring % ("extend type", "@external")) == set()
    assert errors(a=resolving, b=requiring % ("type", "")) == {"SATISFIABILITY_ERROR"}
    found = field_joins("T.id", a=resolving, b=requiring % ("extend type", "@external"))
    assert found["B"].used_overridden


def test_a_hidden_root_need_not_be_satisfiable() -> None:
    hidden = 'type Mutation %s { x: Int @external y: Int @requires(fields: "x") } type Query { a: Int }'
    other = "type Mutation { x: Int }"
    assert errors(a=hidden % "@inaccessible", b=other) == set()
    assert errors(a=hidden % "", b=other) == {"SATISFIABILITY_ERROR"}


def test_a_shared_abstract_field_is_compared_with_those_that_return_an_object() -> None:
    two = "type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B @shareable { x: Int }"
    one = "type Query { u: A @shareable } type A @shareable { x: Int }"
    assert "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN" in hints(a=two, b=two, c=one)
    assert hints(a=two, b=two) == set()


def test_nothing_more_is_said_below_a_shared_field_without_common_types() -> None:
    def part(member: str, rest: str) -> str:
        return f"type Query {{ u: U @shareable }} union U = {member} type {member} {rest} {{ {member.lower()}: Int }}"

    assert errors(a=part("A", ""), b=part("B", "")) == {"SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"}


def test_a_type_of_several_kinds_is_merged_as_the_first() -> None:
    first = federated(
        'type T { x: Int @external y: Int } type Query { t: T u: U } type U { t: T @provides(fields: "x") }'
    )
    assert _codes(a=first, b="interface T { x: Int }") == {"TYPE_KIND_MISMATCH", "EXTERNAL_MISSING_ON_BASE"}
    assert "EXTENSION_WITH_NO_BASE" in _codes(a="extend type T { x: Int } type Query { t: T }", b="scalar T")


def test_a_faulty_link_leaves_the_others_in_force() -> None:
    head = 'schema @link(url: "https://specs.apollo.dev/link/v1.0") ' + (
        '@link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@shareable"]) %s { query: Query } '
    )
    for faulty in (
        '@link(url: "https://example.com/a/v1.0", as: "a__b")',
        '@link(url: "https://example.com/a/v1.0", as: "federation")',
        '@link(url: "https://a.dev/a/v1.0", import: ["@x"]) @link(url: "https://a.dev/b/v1.0", import: ["@x"])',
        '@link(url: "https://example.com/a/v1.0") @link(url: "https://example.com/a/v1.0", as: "b")',
    ):
        assert _codes(a=head % faulty + "type Query @shareable { x: Int }") == {"INVALID_LINK_DIRECTIVE_USAGE"}
    faulty = '@link(url: "https://example.com/a/v1")'
    assert _codes(a=head % faulty + "type Query @shareable { x: Int }") == {"INVALID_LINK_IDENTIFIER"}
    unknown = head.replace('["@shareable"]', '["@shareable", "@unknown"]') % ""
    codes = _codes(a=unknown + "type Query @shareable { x: Int }")
    assert codes == {"INVALID_LINK_DIRECTIVE_USAGE", "INVALID_GRAPHQL"}


def test_forms_that_ask_for_nothing_combine_to_one_that_is_met() -> None:
    field = "type Query { x: Int @shareable @requiresScopes(scopes: %s) }"
    found = supergraph(a=field % "[]", b=field % '[["a"], []]').schema.types["Query"]
    assert found.fields["x"].directives[0].arguments == {"scopes": ((),)}  # type: ignore[union-attr]


def test_a_directive_that_bears_the_name_of_a_merged_one_means_the_same() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") '
    own = f"{link} directive @inaccessible on FIELD_DEFINITION type Query {{ a: Int b: Int @inaccessible }}"
    text = compose({"a": own, "b": federated("type Query { c: Int @inaccessible }")}).api_sdl
    assert text is not None
    assert "  a: Int" in text
    assert "  b: Int" not in text
    alone = compose({"a": own, "b": federated("type Query { c: Int }")}).api_sdl
    assert alone is not None
    assert "  b: Int" in alone


def test_the_arguments_of_a_composed_directive_are_visible() -> None:
    head = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective", '
        '"@inaccessible"]) @link(url: "https://example.com/mine/v1.0", import: ["@mine"]) '
        '@composeDirective(name: "@mine") type Query { a: Int @mine } '
    )
    hidden_type = "directive @mine(s: S) on FIELD_DEFINITION enum S @inaccessible { X Y }"
    assert _codes(a=head + hidden_type) == {"REFERENCED_INACCESSIBLE"}
    hidden_default = "directive @mine(s: S = X) on FIELD_DEFINITION enum S { X @inaccessible Y }"
    assert _codes(a=head + hidden_default) == {"DEFAULT_VALUE_USES_INACCESSIBLE"}
    hidden_argument = "directive @mine(s: S! @inaccessible) on FIELD_DEFINITION enum S { X Y }"
    assert "REQUIRED_INACCESSIBLE" not in _codes(a=head + hidden_argument)
    visible = "directive @mine(s: S = X) on FIELD_DEFINITION enum S { X Y }"
    assert _codes(a=head + visible) == set()
