"""@external, @shareable, @interfaceObject, access, cost and list sizes, each by itself."""

import pytest

from tests.unit.federation.subgraphs import QUERY, codes, linked

_USED = "@key @external @requires @provides @shareable @interfaceObject @authenticated @requiresScopes @policy @cost"
HEAD = linked("2.9", "@listSize", *_USED.split()) + QUERY


@pytest.mark.parametrize(
    "sdl",
    [
        "type T { a: Int @external }",
        "type T @external { a: Int }",
        'type T @key(fields: "id") { id: ID a: Int @external b: Int @requires(fields: "a") c: Int @external }',
        'type T @key(fields: "id") { id: ID a: Int @external b: Int @external @requires(fields: "a") }',
        'extend type T @external { id: ID } type T @key(fields: "id") { y: Int }',
    ],
)
def test_EXTERNAL_UNUSED(sdl: str) -> None:
    assert codes(HEAD + sdl) == {"EXTERNAL_UNUSED"}


@pytest.mark.parametrize(
    "sdl",
    [
        "type T implements I { a: Int @external } interface I { a: Int }",
        'type T @key(fields: "id") { id: ID @external }',
        'extend type T @key(fields: "id") { id: ID @external } type T { a: Int }',
    ],
)
def test_externals_that_are_used(sdl: str) -> None:
    assert codes(HEAD + sdl) == set()


def test_EXTERNAL_ON_INTERFACE() -> None:
    assert codes(HEAD + "interface I { a: Int @external }") == {"EXTERNAL_ON_INTERFACE", "EXTERNAL_UNUSED"}


@pytest.mark.parametrize(
    "sdl",
    [
        "interface I { a: Int @shareable }",
        "type T { a: Int @shareable @shareable }",
        "type T @shareable @shareable { a: Int }",
    ],
)
def test_INVALID_SHAREABLE_USAGE(sdl: str) -> None:
    assert codes(HEAD + sdl) == {"INVALID_SHAREABLE_USAGE"}


def test_shareable_may_stand_once_a_part() -> None:
    assert codes(HEAD + "type T @shareable { a: Int @shareable } extend type T @shareable { b: Int }") == set()


INTERFACE = 'interface I @key(fields: "a b") { a: Int b: Int } '


@pytest.mark.parametrize(
    "implementation",
    [
        "type T implements I { a: Int b: Int }",
        'type T implements I @key(fields: "a") { a: Int b: Int }',
        'type T implements I @key(fields: "a b", resolvable: false) { a: Int b: Int }',
    ],
)
def test_INTERFACE_KEY_NOT_ON_IMPLEMENTATION(implementation: str) -> None:
    assert codes(HEAD + INTERFACE + implementation) == {"INTERFACE_KEY_NOT_ON_IMPLEMENTATION"}


def test_a_key_of_an_interface_may_be_written_in_another_order() -> None:
    assert codes(HEAD + INTERFACE + 'type T implements I @key(fields: "b a a") { a: Int b: Int }') == set()


def test_keys_of_interfaces_are_not_compared_where_one_is_invalid() -> None:
    broken = 'type T implements I @key(fields: "nope") { a: Int b: Int } type V implements I { a: Int b: Int }'
    assert codes(HEAD + INTERFACE + broken) == {"KEY_INVALID_FIELDS"}


@pytest.mark.parametrize("fields", ["a { b }", "o"], ids=["selections of a leaf", "no selections of an object"])
def test_keys_of_interfaces_are_compared_wherever_their_selections_stop(fields: str) -> None:
    """Whoever mends where a key's selections stop would else hear of the missing key only then."""
    interface = f'interface I @key(fields: "{fields}") {{ a: Int o: O }} type O {{ b: Int }} '
    found = codes(HEAD + interface + "type T implements I { a: Int o: O }")
    assert found == {"KEY_INVALID_FIELDS", "INTERFACE_KEY_NOT_ON_IMPLEMENTATION"}


def test_INTERFACE_OBJECT_USAGE_ERROR_without_a_key() -> None:
    assert codes(HEAD + "type T @interfaceObject { id: ID }") == {"INTERFACE_OBJECT_USAGE_ERROR"}
    assert codes(HEAD + 'type T @interfaceObject @key(fields: "id") { id: ID }') == set()


@pytest.mark.parametrize(
    "sdl",
    [
        "interface I @authenticated { a: Int }",
        "interface I { a: Int @authenticated }",
        'interface I { a: Int @requiresScopes(scopes: [["s"]]) }',
        'interface I @policy(policies: [["p"]]) { a: Int }',
        'type T @interfaceObject @key(fields: "a") @authenticated { a: Int }',
    ],
)
def test_AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE(sdl: str) -> None:
    assert codes(HEAD + sdl) == {"AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE"}


def test_access_requirements_elsewhere() -> None:
    assert codes(HEAD + "type T implements I @authenticated { a: Int @authenticated } interface I { a: Int }") == set()
    assert codes(HEAD + 'type T @interfaceObject @key(fields: "a") { a: Int b: Int @authenticated }') == set()


def test_COST_APPLIED_TO_INTERFACE_FIELD() -> None:
    assert codes(HEAD + "interface I { a: Int @cost(weight: 1) }") == {"COST_APPLIED_TO_INTERFACE_FIELD"}
    assert codes(HEAD + "interface I { a(x: Int @cost(weight: 1)): Int }") == set()


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        ("type T { a: Int @listSize(assumedSize: 1) }", "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ("type T { a: O @listSize(sizedFields: []) } type O { x: [Int] }", "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ('type T { a: O @listSize(sizedFields: ["x"]) } type O { x: Int }', "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ("type T { a: [Int] @listSize(assumedSize: -1) }", "LIST_SIZE_INVALID_ASSUMED_SIZE"),
        ('type T { a: [Int] @listSize(slicingArguments: ["first"]) }', "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
        ('type T { a(first: ID): [Int] @listSize(slicingArguments: ["first"]) }', "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
        ('type T { a: O @listSize(sizedFields: ["y"]) } type O { x: [Int] }', "LIST_SIZE_INVALID_SIZED_FIELD"),
        ('type T { a: Int @listSize(sizedFields: ["x"]) }', "LIST_SIZE_INVALID_SIZED_FIELD"),
    ],
)
def test_list_sizes(sdl: str, code: str) -> None:
    assert codes(HEAD + sdl) == {code}


def test_list_sizes_that_are_sound() -> None:
    assert codes(HEAD + 'type T { a(first: Int!): [Int!]! @listSize(slicingArguments: ["first"]) }') == set()
    assert codes(HEAD + 'type T { a: O! @listSize(sizedFields: ["x"]) } type O { x: [Int!]! }') == set()


@pytest.mark.parametrize(
    ("sdl", "found"),
    [
        ("extend type T @shareable @shareable { a: Int }", {"INVALID_SHAREABLE_USAGE"}),
        ("type T { b: Int } extend type T @shareable @shareable { a: Int }", {"INVALID_SHAREABLE_USAGE"}),
        ("extend type T @shareable { b: Int } extend type T @shareable { a: Int }", set()),
        ("type T @shareable { b: Int } extend type T @shareable { a: Int }", set()),
    ],
)
def test_shareable_once_in_each_extension(sdl: str, found: set[str]) -> None:
    assert codes(HEAD + sdl) == found
