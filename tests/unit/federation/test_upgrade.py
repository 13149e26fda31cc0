"""Federation 1 subgraphs in Federation 2 terms."""

import pytest

from router.federation.subgraph import EXTERNAL, KEY, PROVIDES, REQUIRES, SHAREABLE, TAG
from router.type_system.model import AppliedDirective, InterfaceType, ObjectType
from tests.unit.federation.subgraphs import QUERY, build, built, codes, linked

OWNER = QUERY + 'type T @key(fields: "id") { id: ID a: Int } '


def type_of(*sdls: str, name: str = "T") -> ObjectType | InterfaceType:
    definition = built(*sdls).schema.types[name]
    assert isinstance(definition, ObjectType | InterfaceType)
    return definition


def names(directives: tuple[AppliedDirective, ...]) -> list[str]:
    return [item.name for item in directives]


@pytest.mark.parametrize("sdl", ["extend type Z { a: Int }", "type Z @extends { a: Int }", "extend enum E { A }"])
def test_EXTENSION_WITH_NO_BASE(sdl: str) -> None:
    assert codes(QUERY + sdl) == {"EXTENSION_WITH_NO_BASE"}
    assert codes(QUERY + sdl, sdl if "@extends" not in sdl else "extend type Z { b: Int }") == {
        "EXTENSION_WITH_NO_BASE"
    }


def test_a_base_may_be_anywhere_and_roots_need_none() -> None:
    assert codes(QUERY + "extend type Z { a: Int }", linked("2.3") + "type Z { b: Int }") == set()
    assert codes("extend type Query { a: Int } extend type Mutation { b: Int }") == set()


def test_key_fields_of_extensions_are_not_external() -> None:
    extended = type_of('extend type T @key(fields: "id") { id: ID @external b: Int }', OWNER)
    assert names(extended.fields["id"].directives) == []
    assert extended.defined
    assert [(item.name, item.extension) for item in extended.directives] == [(KEY, False)]


def test_extensions_without_a_key_use_the_first_key_of_another_subgraph() -> None:
    owner = QUERY + 'type T @key(fields: "id") @key(fields: "a") { id: ID a: Int }'
    extended = type_of('extend type T { id: ID @external a: Int @external b: Int @requires(fields: "a") }', owner)
    assert names(extended.fields["id"].directives) == []
    assert EXTERNAL in names(extended.fields["a"].directives)


def test_keys_of_types_with_extends_are_marked() -> None:
    extended = type_of('type T @extends @key(fields: "id") { id: ID @external b: Int }', OWNER)
    assert [(item.name, item.extension) for item in extended.directives] == [(KEY, True)]


def test_unused_externals_go() -> None:
    extended = type_of('extend type T @key(fields: "id") { id: ID @external a: Int @external b: Int }', OWNER)
    assert list(extended.fields) == ["id", "b"]


def test_TYPE_WITH_ONLY_UNUSED_EXTERNAL() -> None:
    owner = QUERY + "type Z { a: Int }"
    assert codes("type Z { a: Int @external } type U { z: Z }", owner) == {"TYPE_WITH_ONLY_UNUSED_EXTERNAL"}
    assert codes("type Z { a: Int @external } union U = Z", owner) == {"TYPE_WITH_ONLY_UNUSED_EXTERNAL"}
    assert codes("type Subscription { a: Int @external }", QUERY) == {"TYPE_WITH_ONLY_UNUSED_EXTERNAL"}
    assert set(built("type Z { a: Int @external } type U { b: Int }", owner).schema.types) == {"U"}


def test_requires_and_provides_keep_only_what_is_external() -> None:
    sdl = QUERY + 'type T @key(fields: "id") { id: ID a: Int c: O @external b: Int @requires(fields: "a c { x }") }'
    definition = type_of(sdl + " type O { x: Int }", 'type T @key(fields: "id") { id: ID c: O } type O { x: Int }')
    (requires,) = (item for item in definition.fields["b"].directives if item.name == REQUIRES)
    assert requires.arguments["fields"] == "c { x }"


def test_requires_and_provides_without_externals_go() -> None:
    definition = type_of(QUERY + 'type T @key(fields: "id") { id: ID b: Int @requires(fields: "id") }')
    assert REQUIRES not in names(definition.fields["b"].directives)
    definition = type_of(QUERY + 'type T { o: O @provides(fields: "x") } type O { x: Int }')
    assert PROVIDES not in names(definition.fields["o"].directives)
    definition = type_of(QUERY + 'type T { o: Int @provides(fields: "x") }')
    assert PROVIDES not in names(definition.fields["o"].directives)


def test_what_is_invalid_stays_and_is_reported() -> None:
    assert codes(QUERY + 'type T @key(fields: "id") { id: ID b: Int @requires(fields: "id nope") }') == {
        "REQUIRES_INVALID_FIELDS"
    }
    assert codes(QUERY + 'type T { o: O @provides(fields: "p") } type O { p: P } type P { x: Int }') == {
        "PROVIDES_INVALID_FIELDS"
    }


def test_field_sets_may_be_lists_and_names() -> None:
    definition = type_of(QUERY + 'type T @key(fields: ["id", "a"]) @key(fields: a) { id: ID a: Int }')
    assert [item.arguments["fields"] for item in definition.directives] == ["id a", "a"]
    assert codes(QUERY + "type T @key(fields: [1]) { id: ID }") == {"KEY_INVALID_FIELDS_TYPE"}


def test_federation_directives_on_interfaces_go() -> None:
    interface = type_of(
        QUERY + 'interface T @key(fields: "id") { id: ID @external a: Int @requires(fields: "id") }', name="T"
    )
    assert interface.directives == ()
    assert all(item.directives == () for item in interface.fields.values())


def test_external_on_a_type_has_no_effect() -> None:
    definition = type_of(QUERY + 'type T @key(fields: "id") @external { id: ID a: Int }')
    assert names(definition.directives) == [KEY]
    assert all(item.directives == () for item in definition.fields.values())


def test_value_types_become_shareable_as_a_whole() -> None:
    assert names(type_of(QUERY + "type T { a: Int }", "type T { a: Int b: Int }").directives) == [SHAREABLE]
    assert names(type_of(QUERY + "type T { a: Int }").directives) == []


def test_of_entities_and_roots_only_the_fields_that_others_resolve_become_shareable() -> None:
    definition = type_of(OWNER, 'extend type T @key(fields: "id") { id: ID @external a: Int b: Int }')
    assert names(definition.directives) == [KEY]
    assert {name: names(item.directives) for name, item in definition.fields.items()} == {"id": [], "a": [SHAREABLE]}
    query = type_of("type Query { a: Int b: Int }", linked("2.3") + "type Query { a: Int }", name="Query")
    assert {name: names(item.directives) for name, item in query.fields.items()} == {"a": [SHAREABLE], "b": []}
    subscription = type_of("type Subscription { a: Int }" + QUERY, "type Subscription { a: Int }", name="Subscription")
    assert names(subscription.fields["a"].directives) == []


def test_tags_on_externals_go_where_the_owner_has_them() -> None:
    tagged = '@external @tag(name: "x") @tag(name: "y")'
    user = f'type T @key(fields: "id") {{ id: ID a: Int {tagged} b: Int @requires(fields: "a") }}'
    owner = QUERY + 'type T @key(fields: "id") { id: ID a: Int @tag(name: "x") }'
    tags = [item.arguments["name"] for item in type_of(user, owner).fields["a"].directives if item.name == TAG]
    assert tags == ["y"]


def test_own_directives_of_the_name_of_federation_2_ones_are_taken_for_those() -> None:
    definition = "directive @shareable on OBJECT | FIELD_DEFINITION "
    assert names(type_of(QUERY + definition + "type T { a: Int @shareable }").fields["a"].directives) == [SHAREABLE]
    assert codes(QUERY + "directive @shareable(x: Int) on ENUM") == {"DIRECTIVE_DEFINITION_INVALID"}
    assert codes(QUERY + "directive @cost(x: Int) on ENUM") == set()


def test_INTERFACE_OBJECT_USAGE_ERROR_with_a_key_on_a_federation_1_interface() -> None:
    user = linked("2.3", "@key", "@interfaceObject") + 'type I @interfaceObject @key(fields: "id") { id: ID x: Int }'
    owner = QUERY + 'interface I @key(fields: "id") { id: ID } type T implements I @key(fields: "id") { id: ID }'
    (error,) = build(user, owner).errors
    assert error.code == "INTERFACE_OBJECT_USAGE_ERROR"
    assert error.subgraphs == ("a", "b")


def test_federation_2_subgraphs_pass_untouched() -> None:
    sdl = linked("2.3", "@key") + 'type T @key(fields: "id") { id: ID }'
    alone, beside = build(sdl).subgraphs[0], build(sdl, OWNER).subgraphs[0]
    assert alone.schema == beside.schema
    assert beside.version == (2, 3)


def test_errors_of_all_subgraphs_are_told_together() -> None:
    assert codes(QUERY + "extend type Z { a: Int }", 'type T @key(fields: "nope") { id: ID }') == {
        "EXTENSION_WITH_NO_BASE",
        "KEY_INVALID_FIELDS",
    }


@pytest.mark.parametrize("field_set", ["a: id", "id(n: 1)"])
def test_a_field_set_at_fault_is_not_dropped(field_set: str) -> None:
    sdl = f'type T @key(fields: "id") {{ id: ID r: Int @requires(fields: "{field_set}") }} type Query {{ t: T }}'
    assert codes(sdl) == {"REQUIRES_INVALID_FIELDS"}
