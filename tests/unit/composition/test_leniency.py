"""Where the reference composer takes what looks wrong, or refuses what looks right; found by comparing at random."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from tests.unit.composition.sets import api, definition, errors, federated, hints

_KEYED = 'type T @key(fields: "id") '


def test_names_for_other_types_than_enums_are_strings() -> None:
    text = api(
        a="""
        type Query { x(a: ID = A, b: [S] = [B], c: In = {d: C, e: "P"}, f: E = "P"): Int }
        scalar S input In { d: S e: E } enum E { P }
        """
    )
    assert '(a: ID = "A", b: [S] = ["B"], c: In = {d: "C", e: P}, f: E = P)' in text


def test_an_external_field_may_be_narrower_where_those_that_resolve_it_differ() -> None:
    external = _KEYED + '{ id: ID! x: Int! @external y: Int @requires(fields: "x") } type Query { t: T }'
    resolving = _KEYED + "{ id: ID! x: Int%s @shareable }"
    assert errors(a=external, b=resolving % "", c=resolving % "!") == set()
    assert errors(a=external, b=resolving % "", c=resolving % "") == {"EXTERNAL_TYPE_MISMATCH"}


def test_a_hidden_value_of_an_output_enum_is_told_of_too() -> None:
    enum = "type Query { %s: E } enum E { A %s }"
    assert hints(a=enum % ("x", "B @inaccessible"), b=enum % ("y", "")) == {"INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"}


@pytest.mark.parametrize(
    ("extension", "definition", "code"),
    [
        ("type U { a: Int }", "union U = V type V { a: Int }", "EXTENSION_WITH_NO_BASE"),
        ("type U { a: Int }", "enum U { A }", "EXTENSION_WITH_NO_BASE"),
        ("type U { a: Int }", "interface U { a: Int }", "TYPE_KIND_MISMATCH"),
        ("enum U { A }", "union U = V type V { a: Int }", "TYPE_KIND_MISMATCH"),
    ],
)
def test_what_a_federation_1_extension_takes_for_its_definition(extension: str, definition: str, code: str) -> None:
    composition = compose(
        {"a": f"type Query {{ u: U }} extend {extension}", "b": f"type Query {{ b: Int }} {definition}"}
    )
    assert {error.code.value for error in composition.errors} == {code}


def test_a_root_of_another_name_takes_the_place_of_what_bears_its_name() -> None:
    swapped = compose(
        {"a": "schema { query: Mutation mutation: Query } type Query { a: Int } type Mutation { b: Int }"}
    )
    assert [error.code.value for error in swapped.errors] == ["ROOT_QUERY_USED"]
    roots = "schema { query: Query subscription: S } type S { a: Int } type Query { a: Int }"
    assert errors(a=f"{roots} type Subscription {{ x: Int @external }}") == {"ROOT_SUBSCRIPTION_USED"}


def test_the_purposes_of_links_may_be_any() -> None:
    sdl = """
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/federation/v2.0")
    { query: Query }
    directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
    scalar link__Import
    enum link__Purpose { EXECUTION }
    type Query { a: Int }
    """
    assert compose({"a": sdl}).errors == ()


def test_key_fields_of_an_extension_without_a_key_are_those_of_the_first_keys_of_all_others() -> None:
    subgraphs = {
        "a": 'type User @key(fields: "id") @key(fields: "uuid") { id: ID! uuid: ID! } type Query { a: User }',
        "b": 'extend type User @key(fields: "uuid") { uuid: ID! @external } type B { id: ID! user: User! }',
        "d": "extend type User { uuid: ID! @external id: ID! @external } type D { user: User! }",
    }
    supergraph = compose(subgraphs).supergraph
    assert supergraph is not None
    assert supergraph.joins["User"].fields.get("uuid", ()) == ()


def test_a_field_set_counts_up_to_its_first_field_that_is_not_there() -> None:
    sdl = (
        _KEYED
        + '{ id: ID! x: Int @external z: Int @external y: Int @requires(fields: "x nope z") } type Query { t: T }'
    )
    composition = compose({"a": federated(sdl)})
    assert {(error.code.value, *error.coordinates) for error in composition.errors} == {
        ("REQUIRES_INVALID_FIELDS", "T.y"),
        ("EXTERNAL_UNUSED", "T.z"),
    }


@pytest.mark.parametrize(("feature", "upgrades"), [("authenticated", True), ("policy", False)])
def test_only_some_features_tell_which_federation_they_need(feature: str, upgrades: bool) -> None:
    sdl = f"""
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")
      @link(url: "https://specs.apollo.dev/{feature}/v0.1", import: ["@{feature}"])
    type Query {{ a: Int }}
    """
    found = {hint.code.value for hint in compose({"a": sdl}).hints}
    assert found == ({"IMPLICITLY_UPGRADED_FEDERATION_VERSION"} if upgrades else set())


def test_connectors_are_refused_by_name() -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.10")
      @link(url: "https://specs.apollo.dev/connect/v0.1", import: ["@source"]) @source(name: "v1", http: {baseURL: "x"})
    type Query { a: Int }
    """
    (error,) = compose({"a": sdl}).errors
    assert error.code.value == "UNSUPPORTED_FEATURE"
    assert "connect" in error.message


def test_of_two_arguments_or_values_of_one_name_the_last_counts_with_the_directives_of_both() -> None:
    text = api(a='type Query { x("p" a: Int = 1, "q" a: String): E } enum E { "p" A } extend enum E { "q" A }')
    assert '    """q"""\n    a: String\n' in text
    assert '  """q"""\n  A\n' in text
    argument = 'type Query { x(%s): Int y: E } enum E { A @tag(name: "1") A @tag(name: "2") B }'
    assert "x: Int" in api(a=argument % "a: Int @inaccessible, a: Int")
    assert errors(a=argument % "a: Int @inaccessible, a: Int @inaccessible") == {"INVALID_GRAPHQL"}
    values = definition("E", a=argument % "a: Int").values  # type: ignore[union-attr]
    assert [directive.arguments["name"] for directive in values["A"].directives] == ["1", "2"]


def test_a_directives_arguments_stand_there_once_and_its_locations_may_twice() -> None:
    assert errors(a="directive @d(a: Int, a: Int) on FIELD type Query { x: Int }") == {"INVALID_GRAPHQL"}
    assert "directive @d on FIELD\n" in api(a="directive @d on FIELD | FIELD type Query { x: Int }")


@pytest.mark.parametrize(
    ("keys", "external", "extension"),
    [
        ('@key(fields: "id") @key(fields: "k")', {}, {"id": False, "k": False}),
        ('@key(fields: ["id"])', {"id": True}, {"id": False}),
        ('@key(fields: ["id"]) @key(fields: "k")', {"id": True}, {"id": False, "k": True}),
        ('@extends @key(fields: ["id"]) @key(fields: "k")', {}, {"id": True, "k": True}),
    ],
)
def test_a_key_of_a_federation_1_extension_that_is_no_string_makes_it_a_definition(
    keys: str, external: dict[str, bool], extension: dict[str, bool]
) -> None:
    fields = " ".join(f"{name}: ID @external" for name in extension)
    graph = compose(
        {
            "a": _KEYED.replace("@key", '@key(fields: "k") @key') + "{ id: ID k: ID } type Query { t: T }",
            "b": f"extend type T {keys} {{ {fields} b: Int }}",
        }
    ).supergraph
    assert graph is not None
    joins = graph.joins["T"]
    found = {name: join.external for name, all_ in joins.fields.items() for join in all_ if join.graph == "B"}
    assert {name: is_external for name, is_external in found.items() if is_external} == external
    assert {join.key: join.extension for join in joins.types if join.graph == "B"} == extension


@pytest.mark.parametrize(("fields", "code"), [('"x"', None), ('["x"]', "INVALID_FIELD_SHARING")])
def test_what_a_federation_1_list_provides_makes_nothing_shareable(fields: str, code: str | None) -> None:
    sets = {
        "a": _KEYED + "{ id: ID! x: Int } type Query { t: T }",
        "b": f"""
        type Query {{ p: T @provides(fields: {fields}) }}
        extend {_KEYED} {{ id: ID! @external x: Int @external y: Int @requires(fields: "x") }}
        """,
    }
    assert {error.code.value for error in compose(sets).errors} == ({code} if code else set())
