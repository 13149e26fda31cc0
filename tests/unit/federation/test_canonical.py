"""A built subgraph speaks federation's own names, whatever its SDL calls things."""

from router.federation.build import SubgraphSource, build_subgraphs
from router.federation.subgraph import COMPOSE_DIRECTIVE, EXTERNAL, INACCESSIBLE, KEY, SHAREABLE, TAG
from router.type_system.model import EnumType, InputObjectType, ObjectType
from tests.unit.federation.subgraphs import QUERY, build, built, codes, linked


def test_directives_get_their_canonical_names() -> None:
    schema = built(
        linked("2.3", '{ name: "@key", as: "@primary" }', "@tag", "@inaccessible", schema='@tag(name: "s")')
        + QUERY
        + 'type T @primary(fields: "b") { a(x: Int @tag(name: "x")): Int @federation__shareable b: Int @deprecated }'
        + "enum E { A @inaccessible B } input I { a: Int @inaccessible b: Int }"
    ).schema
    definition, enum, inputs = (schema.types[name] for name in ("T", "E", "I"))
    assert isinstance(definition, ObjectType)
    assert isinstance(enum, EnumType)
    assert isinstance(inputs, InputObjectType)
    assert [item.name for item in schema.directives] == [TAG]
    assert [item.name for item in definition.directives] == [KEY]
    assert [item.name for item in definition.fields["a"].directives] == [SHAREABLE]
    assert [item.name for item in definition.fields["a"].arguments["x"].directives] == [TAG]
    assert [item.name for item in definition.fields["b"].directives] == ["deprecated"]
    assert [item.name for item in enum.values["A"].directives] == [INACCESSIBLE]
    assert [item.name for item in inputs.fields["a"].directives] == [INACCESSIBLE]


def test_machinery_is_left_out() -> None:
    schema = built(
        linked("2.9", "@key", "FieldSet", "@composeDirective", schema='@composeDirective(name: "@hello")')
        + "directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT scalar FieldSet"
        + " scalar _Any union _Entity = T type _Service { sdl: String } directive @hello on OBJECT"
        + " type Query { a: Int _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }"
        + ' type T @key(fields: "id") { id: ID }'
    ).schema
    query = schema.types["Query"]
    assert isinstance(query, ObjectType)
    assert set(schema.types) == {"T", "Query"}
    assert list(query.fields) == ["a"]
    assert list(schema.directive_definitions) == ["hello"]
    assert [item.name for item in schema.directives] == [COMPOSE_DIRECTIVE]


def test_external_on_a_type_goes_to_all_its_fields() -> None:
    schema = built(
        linked("2.3", "@external")
        + QUERY
        + "interface I { a: Int b: Int } type T implements I @external { a: Int b: Int }"
    ).schema
    definition = schema.types["T"]
    assert isinstance(definition, ObjectType)
    assert definition.directives == ()
    assert all([item.name for item in field.directives] == [EXTERNAL] for field in definition.fields.values())


def test_subgraphs_are_sorted_by_name() -> None:
    sources = [SubgraphSource(name, f"http://{name}", linked("2.3") + QUERY) for name in ("b", "a", "B")]
    assert [(item.name, item.url) for item in build_subgraphs(sources).subgraphs] == [
        ("B", "http://B"),
        ("a", "http://a"),
        ("b", "http://b"),
    ]


def test_INVALID_SUBGRAPH_NAME() -> None:
    for names in (["_"], [""], ["a", "a"]):
        errors = build_subgraphs([SubgraphSource(name, "", QUERY) for name in names]).errors
        assert {error.code for error in errors} == {"INVALID_SUBGRAPH_NAME"}


def test_positions_point_into_the_sdl() -> None:
    subgraph = built("\n\n  type Query {\n    a: Int\n  }")
    assert subgraph.line_and_column(subgraph.schema.types["Query"].position) == (3, 3)
    assert subgraph.line_and_column(-1) is None


def test_errors_of_all_subgraphs_are_told() -> None:
    bad = linked("2.3", "@key") + 'type T @key(fields: "x") { a: Int }'
    assert [error.subgraphs for error in build(bad + QUERY, bad).errors] == [("a",), ("b",)]
    assert codes(bad + QUERY, QUERY + "extend type Z { a: Int }") == {"KEY_INVALID_FIELDS"}
