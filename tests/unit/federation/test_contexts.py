"""@context and @fromContext."""

import pytest

from router.federation.context_field import split_context_field
from tests.unit.federation.subgraphs import codes, linked

HEAD = linked("2.8", "@key", "@external", "@context", "@fromContext") + " type Query { t: T } "


def context(
    field: str = '"$c { p }"',
    argument: str = "String",
    setter: str = '@context(name: "c")',
    body: str = "p: String",
    user: str = '@key(fields: "id")',
    rest: str = "",
) -> set[str]:
    return codes(
        f'{HEAD} type T {setter} @key(fields: "id") {{ id: ID {body} u: U }}'
        f" type U {user} {{ id: ID f(a: {argument} @fromContext(field: {field})): Int }} {rest}"
    )


@pytest.mark.parametrize(
    ("field", "argument", "body", "rest"),
    [
        ('"$c { p }"', "String", "p: String", ""),
        ('" $ c\\n{\\np\\n}"', "String", "p: String", ""),
        ('"$c p"', "String", "p: String!", ""),
        ('"$c { o { x } }"', "[String]", "o: [O!]!", "type O { x: String! }"),
        ('"$c { __typename }"', "String", "", ""),
        ('"$c ... on T { p } ... on X { q }"', "String", "p: String", 'type X @context(name: "c") { q: String }'),
        ('"$c { p(x: 1) }"', "String", "p(x: Int!): String", ""),
        ('"$c { p }"', "String", "p: String @external", ""),
    ],
)
def test_contexts_that_are_sound(field: str, argument: str, body: str, rest: str) -> None:
    assert context(field, argument, body=body, rest=rest) == set()


@pytest.mark.parametrize("name", ["_c", "c_", "c__d"])
def test_CONTEXT_NAME_INVALID(name: str) -> None:
    assert context(f'"${name} {{ p }}"', setter=f'@context(name: "{name}")') == {"CONTEXT_NAME_INVALID"}


def test_CONTEXT_NAME_INVALID_of_names_that_cannot_be_referred_to() -> None:
    assert context('"$1c { p }"', setter='@context(name: "1c")') == {"CONTEXT_NAME_INVALID", "NO_CONTEXT_IN_SELECTION"}
    assert context('"$c-d { p }"', setter='@context(name: "c-d")') == {"CONTEXT_NAME_INVALID", "CONTEXT_NOT_SET"}


def test_CONTEXT_NOT_SET() -> None:
    assert context(setter="") == {"CONTEXT_NOT_SET"}
    assert context('"$d { p }"') == {"CONTEXT_NOT_SET"}


def test_CONTEXT_NOT_SET_of_arguments_that_cannot_be_contextual() -> None:
    on_directive = 'directive @d(a: String @fromContext(field: "$c { p }")) on FIELD'
    assert context(rest=on_directive) == {"CONTEXT_NOT_SET"}
    on_interface = 'interface J { f(a: String @fromContext(field: "nothing")): Int }'
    assert context(rest=on_interface) == {"CONTEXT_NOT_SET"}
    implementing = (
        'interface J { f(a: String): Int } type V implements J @key(fields: "id")'
        ' { id: ID f(a: String @fromContext(field: "$c { p }")): Int }'
    )
    assert context(rest=implementing) == {"CONTEXT_NOT_SET"}
    assert context(argument='String = "x"') == {"CONTEXT_NOT_SET"}


@pytest.mark.parametrize("field", ['"c { p }"', '"{ p }"', '"$c"', '""', "null", "1"])
def test_NO_CONTEXT_IN_SELECTION(field: str) -> None:
    assert context(field) == {"NO_CONTEXT_IN_SELECTION"}


@pytest.mark.parametrize(
    "field",
    [
        '"$c {}"',
        '"$c { p"',
        '"$c { p id }"',
        '"$c { nope }"',
        '"$c { u }"',
        '"$c { u { id f } }"',
        '"$c { x: p }"',
        '"$c { p @skip(if: true) }"',
        '"$c ... on X { p }"',
        '"$c ... on T { p } ... on T { p }"',
        '"$c ... on T { p } ... on Y { p }"',
        '"$c ... on T { p } id"',
        '"$c { ... { p } }"',
        '"$c { ... on T { ... on T { p } } }"',
    ],
)
def test_CONTEXT_INVALID_SELECTION(field: str) -> None:
    assert context(field) == {"CONTEXT_INVALID_SELECTION"}


@pytest.mark.parametrize(
    ("argument", "body"),
    [
        ("Int", "p: String"),
        ("ID", "p: String"),
        ("String!", "p: String!"),
        ("String", "p: [String]"),
        ("[String!]", "p: [String!]"),
        ("[String]", "p: String"),
    ],
)
def test_CONTEXT_INVALID_SELECTION_of_another_type(argument: str, body: str) -> None:
    assert context(argument=argument, body=body) == {"CONTEXT_INVALID_SELECTION"}


def test_CONTEXT_INVALID_SELECTION_in_one_of_several_types() -> None:
    assert context(rest='type X @context(name: "c") { q: String }') == {"CONTEXT_INVALID_SELECTION"}
    assert context(rest='union X @context(name: "c") = T') == {"CONTEXT_INVALID_SELECTION"}


@pytest.mark.parametrize("user", ["", '@key(fields: "id", resolvable: false)'])
def test_CONTEXT_NO_RESOLVABLE_KEY(user: str) -> None:
    assert context(user=user) == {"CONTEXT_NO_RESOLVABLE_KEY"}


def test_a_context_field_is_split_into_name_and_selection() -> None:
    assert split_context_field(" $ctx  { a { b } } ") == ("ctx", "{ a { b } }")
    assert split_context_field("ctx { a }") is None


def test_a_selection_through_an_interface_object_is_refused() -> None:
    head = linked("2.8", "@key", "@interfaceObject", "@context", "@fromContext") + " type Query { t: T } "
    sdl = (
        'type T @interfaceObject @context(name: "c") @key(fields: "id") { id: ID p: String u: U }'
        ' type U @key(fields: "id") { id: ID f(a: String @fromContext(field: "$c { p }")): Int }'
    )
    assert codes(head + sdl) == {"CONTEXT_INVALID_SELECTION"}
    assert codes(head + sdl.replace("@interfaceObject ", "")) == set()
