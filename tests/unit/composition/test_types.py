"""Which types and roots the supergraph has."""

from __future__ import annotations

from router.type_system.model import InterfaceType
from tests.unit.composition.sets import composed, definition, errors, field_joins, hints, joins, supergraph

QUERY = "type Query { a: Int } "


def test_a_type_with_two_kinds() -> None:
    assert errors(a=QUERY + "type T { x: Int }", b="interface T { x: Int }") == {"TYPE_KIND_MISMATCH"}


def test_an_extension_needs_a_definition_somewhere() -> None:
    assert errors(a=QUERY + "extend union U = T type T { x: Int }") == {"EXTENSION_WITH_NO_BASE"}
    assert errors(a=QUERY + "extend enum E { A } type T { e: E }", b="enum E { A }") == set()


def test_a_root_needs_no_definition() -> None:
    assert errors(a="extend type Query { a: Int }") == set()


def test_there_must_be_a_query() -> None:
    assert errors(a="type T { x: Int }") == {"NO_QUERIES"}


def test_every_subgraph_has_the_query_root() -> None:
    sets = {"a": QUERY, "b": 'type T @key(fields: "id") { id: ID! }'}
    assert [join.graph for join in joins("Query", **sets).types] == ["A", "B"]
    assert [join.graph for join in joins("Query", **sets).fields["a"]] == ["A"]


def test_roots_bear_their_default_names() -> None:
    graph = supergraph(
        a="schema { query: Q mutation: M } type Q { a: Int } type M { b: Int }", b="type Query { c: Int }"
    )
    assert dict(graph.schema.roots) == {"query": "Query", "mutation": "Mutation"}
    assert set(graph.schema.types) == {"Query", "Mutation"}


def test_unions_have_the_members_of_all() -> None:
    sets = {
        "a": "type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B { x: Int }",
        "b": "type Query { u: U @shareable } union U = A | C type A @shareable { x: Int } type C { x: Int }",
    }
    assert definition("U", **sets).members == ("A", "B", "C")  # type: ignore[union-attr]
    assert joins("U", **sets).members == (("A", "A"), ("B", "A"), ("A", "B"), ("B", "C"))
    assert "INCONSISTENT_UNION_MEMBER" in hints(**sets)


def test_interfaces_of_all_subgraphs_are_implemented() -> None:
    sets = {
        "a": 'type Query { t: T } interface I { id: ID! } type T implements I @key(fields: "id") { id: ID! }',
        "b": 'interface J { id: ID! } type T implements J @key(fields: "id") { id: ID! }',
    }
    assert definition("T", **sets).interfaces == ("I", "J")  # type: ignore[union-attr]
    assert joins("T", **sets).implements == (("A", "I"), ("B", "J"))


def test_keys_become_joins() -> None:
    found = joins(
        "T",
        a='type Query { t: T } type T @key(fields: "id") @key(fields: "n", resolvable: false) { id: ID! n: Int }',
        b='extend type T @key(fields: "id") { id: ID! @external }',
    )
    assert [(join.graph, join.key, join.resolvable, join.extension) for join in found.types] == [
        ("A", "id", True, False),
        ("A", "n", False, False),
        ("B", "id", True, True),
    ]


def test_an_entity_that_is_none_elsewhere_is_a_hint() -> None:
    assert hints(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! }',
        b="type Query { u: T } type T { id: ID! @shareable }",
    ) == {"INCONSISTENT_ENTITY"}


def test_a_value_type_with_different_fields_is_a_hint() -> None:
    assert hints(
        a="type Query { a: Int } type T @shareable { x: Int }",
        b="type Query { t: T } type T @shareable { x: Int y: Int }",
    ) == {"INCONSISTENT_OBJECT_VALUE_TYPE_FIELD"}


def test_an_interface_with_different_fields_is_a_hint() -> None:
    assert hints(
        a="type Query { i: I } interface I { x: Int } type T implements I @shareable { x: Int y: Int }",
        b="type Query { j: I } interface I { x: Int y: Int } type T implements I @shareable { x: Int y: Int }",
    ) == {"INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"}


def test_an_interface_object_is_part_of_its_interface() -> None:
    merged = definition(
        "I",
        a='type Query { i: I } interface I @key(fields: "id") { id: ID! } '
        'type T implements I @key(fields: "id") { id: ID! }',
        b='type I @interfaceObject @key(fields: "id") { id: ID! x: Int }',
    )
    assert isinstance(merged, InterfaceType)
    assert list(merged.fields) == ["id", "x"]


def test_either_a_supergraph_or_errors() -> None:
    good, bad = composed(a=QUERY), composed(a="type T { x: Int }")
    assert good.supergraph is not None
    assert good.errors == ()
    assert (bad.supergraph, bad.supergraph_sdl, bad.api_sdl, bad.hints) == (None, None, None, ())


def test_an_error_names_subgraphs_coordinates_and_places() -> None:
    (error,) = composed(courses="type Query { title: String }", enrollments="\ntype Query {\n  title: String\n}").errors
    assert error.code == "INVALID_FIELD_SHARING"
    assert error.message.startswith("[INVALID_FIELD_SHARING] Query.title is resolved by courses and enrollments; ")
    assert error.subgraphs == ("courses", "enrollments")
    assert error.coordinates == ("Query.title",)
    assert [(place.subgraph, place.line, place.column) for place in error.locations] == [
        ("courses", 2, 14),
        ("enrollments", 4, 3),
    ]


def test_what_is_no_input_object_elsewhere_has_no_field_in_common() -> None:
    found = errors(a="input X { a: Int! } type Query { q(x: X): Int }", b="type X { a: Int } type Query { x: X }")
    assert found == {
        "TYPE_KIND_MISMATCH",
        "EMPTY_MERGED_INPUT_TYPE",
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
    }


def test_external_on_a_whole_extension_holds_for_its_key_too_but_it_can_be_fetched_by_it() -> None:
    extension = 'extend type T @external @key(fields: "id") { id: ID!%s x: Int }'
    sets = {
        "a": f'type Query {{ t: T @provides(fields: "x") }} {extension}',
        "b": 'type T @key(fields: "id") { id: ID! x: Int @shareable y: Int }',
    }
    plain = sets | {"a": sets["a"] % ""}
    assert {graph: join.external for graph, join in field_joins("T.id", **plain).items()} == {"A": True, "B": False}
    assert errors(**sets | {"a": sets["a"] % ' @tag(name: "t")'}) == {"MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"}
    written = sets | {"a": plain["a"].replace("@external @key", "@key").replace("x: Int }", "x: Int @external }")}
    assert field_joins("T.id", **written | {"a": written["a"].replace("id: ID!", "id: ID! @external")}) == {}
