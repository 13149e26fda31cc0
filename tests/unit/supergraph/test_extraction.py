"""Views: what each subgraph has, and a schema like that of its own server."""

import pytest
from graphql import build_ast_schema, parse, validate, validate_schema

from router.federation.field_set import parse_field_set
from router.federation.subgraph import Key
from router.supergraph.extraction import extract_views
from router.supergraph.reader import read_supergraph
from router.supergraph.views import OverrideCondition, SubgraphView
from router.type_system.model import InterfaceType, ObjectType, UnionType
from router.type_system.printer import print_schema
from tests.support.supergraphs import write_supergraph


def views_of(subgraphs: str, types: str) -> dict[str, SubgraphView]:
    return dict(extract_views(read_supergraph(write_supergraph(subgraphs.split(), types))))


def accepts(view: SubgraphView, operation: str) -> bool:
    schema = build_ast_schema(parse(print_schema(view.schema)))
    assert validate_schema(schema) == []
    return validate(schema, parse(operation)) == []


PRODUCTS = """
type Query @type(G: A) @type(G: B) { products: [Product] @field(G: A, provides: "price") b: Int @field(G: B) }
type Product @type(G: A, key: "upc") @type(G: A, key: "sku brand { id }") @type(G: B, key: "upc", resolvable: false)
  @type(G: B, key: "sku brand { id }") {
  upc: ID!
  sku: ID!
  brand: Brand
  price: Int @field(G: A, external: true) @field(G: B, type: "Int!")
  tax(country: Country! = DE): Int @field(G: B, requires: "brand { id }")
  stock: Int @field(G: A, overrideLabel: "l") @field(G: B, override: "a", overrideLabel: "l")
  gone: Int @field(G: A, usedOverridden: true) @field(G: B, override: "a")
}
type Brand @type(G: A) @type(G: B) { id: ID! name: String @field(G: A) }
enum Country @type(G: B) { DE @join__enumValue(graph: B) FR @join__enumValue(graph: B) }
"""


class TestTypeViews:
    def test_keys(self):
        product = views_of("a b", PRODUCTS)["B"].types["Product"]
        assert product.keys == (
            Key(parse_field_set("upc"), "upc", resolvable=False),
            Key(parse_field_set("sku brand { id }"), "sku brand { id }"),
        )

    def test_fields_are_those_of_the_subgraph(self):
        views = views_of("a b", PRODUCTS)
        assert list(views["A"].types["Brand"].fields) == ["id", "name"]
        assert list(views["B"].types["Brand"].fields) == ["id"]
        assert list(views["B"].types["Query"].fields) == ["b"]

    def test_type_in_the_subgraph(self):
        views = views_of("a b", PRODUCTS)
        assert str(views["A"].types["Product"].fields["price"].type) == "Int"
        assert str(views["B"].types["Product"].fields["price"].type) == "Int!"

    def test_external_provided_and_required(self):
        views = views_of("a b", PRODUCTS)
        assert views["A"].types["Product"].fields["price"].external
        assert views["A"].types["Query"].fields["products"].provides == parse_field_set("price")
        assert views["B"].types["Product"].fields["tax"].requires == parse_field_set("brand { id }")

    def test_overrides(self):
        views = views_of("a b", PRODUCTS)
        assert views["A"].types["Product"].fields["stock"].override == OverrideCondition("l", active=False)
        assert views["B"].types["Product"].fields["stock"].override == OverrideCondition("l", active=True)
        assert not views["A"].types["Product"].fields["stock"].external
        assert views["A"].types["Product"].fields["gone"].external
        assert views["B"].types["Product"].fields["gone"].override is None

    def test_members_are_those_that_the_subgraph_can_return(self):
        views = views_of(
            "a b",
            """type Query @type(G: A) @type(G: B) { u: U i: I }
            union U @type(G: A) @type(G: B) @member(G: A, member: "T") @member(G: A, member: "S")
              @member(G: B, member: "S") = T | S
            interface I @type(G: A) @type(G: B) { id: ID! }
            type T implements I @implements(G: A, interface: "I") @type(G: A) { id: ID! }
            type S implements I @implements(G: A, interface: "I") @implements(G: B, interface: "I")
              @type(G: A) @type(G: B) { id: ID! }""",
        )
        assert views["A"].types["U"].members == ("T", "S")
        assert views["B"].types["U"].members == ("S",)
        assert views["A"].types["I"].members == ("T", "S")
        assert views["B"].types["I"].members == ("S",)
        assert views["B"].types["S"].members == ("S",)

    def test_contexts(self):
        views = views_of(
            "a",
            """type Query @type(G: A) { t: T s: S }
            interface I @type(G: A) @context(name: "a__c") { p: Int }
            type T implements I @type(G: A) @implements(G: A, interface: "I") { p: Int u: U }
            type S @type(G: A) @context(name: "a__c") { q: Int u: U }
            type U @type(G: A, key: "id") { id: ID! f(y: Int): Int @field(G: A, contextArguments:
              [{name: "x", type: "Int", context: "a__c", selection: "... on I { p } ... on S { q }"}]) }""",
        )
        (requirement,) = views["A"].types["U"].fields["f"].contexts
        assert (requirement.argument, requirement.context, str(requirement.type)) == ("x", "a__c", "Int")
        assert requirement.selections == {"I": parse_field_set("p"), "S": parse_field_set("q")}
        assert accepts(views["A"], "{ t { u { f(x: 1, y: 2) } } }")


class TestSchema:
    def test_entities(self):
        view = views_of("a b", PRODUCTS)["A"]
        assert accepts(view, "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { sku } } }")
        assert accepts(view, "{ _service { sdl } }")

    def test_only_resolvable_keys_make_an_entity(self):
        types = """type Query @type(G: A) { t: T s: S } type T @type(G: A, key: "id", resolvable: false) { id: ID! }
        type S @type(G: A, key: "id") { id: ID! }"""
        entity = views_of("a", types)["A"].schema.types["_Entity"]
        assert isinstance(entity, UnionType)
        assert entity.members == ("S",)

    def test_no_entities_no_entities_field(self):
        view = views_of("a", "type Query @type(G: A) { x: Int }")["A"]
        assert "_Entity" not in view.schema.types
        assert accepts(view, "{ x _service { sdl } }")

    def test_a_subgraph_without_query_still_has_a_root(self):
        view = views_of("a b", 'type Query @type(G: A) { t: T } type T @type(G: A) @type(G: B, key: "id") { id: ID! }')[
            "B"
        ]
        assert accepts(view, "query ($r: [_Any!]!) { _entities(representations: $r) { ... on T { id } } }")

    def test_what_the_subgraph_lacks_is_refused(self):
        views = views_of("a b", PRODUCTS)
        assert accepts(
            views["B"],
            "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { tax(country: FR) } } }",
        )
        assert not accepts(views["A"], "{ products { tax } }")
        assert not accepts(views["B"], "{ products { upc } }")

    def test_interface_object_is_an_object(self):
        types = """type Query @type(G: A) @type(G: B) { i: I }
        interface I @type(G: A, key: "id") @type(G: B, key: "id", isInterfaceObject: true) {
          id: ID! a: Int @field(G: A) b: Int @field(G: B) }
        type T implements I @implements(G: A, interface: "I") @type(G: A, key: "id") {
          id: ID! a: Int @field(G: A) b: Int @field }"""
        views = views_of("a b", types)
        assert views["B"].types["I"].is_interface_object
        assert views["B"].types["I"].members == ("I",)
        assert isinstance(views["B"].schema.types["I"], ObjectType)
        assert isinstance(views["A"].schema.types["I"], InterfaceType)
        assert accepts(views["B"], "query ($r: [_Any!]!) { _entities(representations: $r) { ... on I { b } } }")
        assert accepts(views["A"], "query ($r: [_Any!]!) { _entities(representations: $r) { ... on I { a } } }")
        assert not accepts(views["B"], "{ i { ... on T { id } } }")

    def test_inputs_and_enums_are_the_subgraphs_own(self):
        types = """type Query @type(G: A) @type(G: B) { a(x: X, e: E): E @field(G: A) b(x: X): Int @field(G: B) }
        input X @type(G: A) @type(G: B) { p: Int q: Int @field(G: A) r: Int @field(G: A, type: "Int!") @field(G: B) }
        enum E @type(G: A) @type(G: B) {
          V @join__enumValue(graph: A) @join__enumValue(graph: B)
          W @join__enumValue(graph: B) }"""
        views = views_of("a b", types)
        assert accepts(views["A"], "{ a(x: {p: 1, q: 2, r: 3}, e: V) }")
        assert not accepts(views["A"], "{ a(x: {p: 1}) }")
        assert not accepts(views["A"], "{ a(e: W) }")
        assert accepts(views["B"], "{ b(x: {p: 1, r: 3}) }")
        assert not accepts(views["B"], "{ b(x: {q: 1}) }")

    def test_what_refers_to_an_unknown_type_is_left_out(self):
        types = "type Query @type(G: A) { x: Int t: T } type T @type(G: B) { x: Int }"
        view = views_of("a b", types)["A"]
        assert accepts(view, "{ x }")
        assert not accepts(view, "{ t { x } }")

    def test_an_argument_of_a_type_that_nobody_defines_does_not_cost_the_field(self):
        view = views_of("a", "type Query @type(G: A) { x(a: boolean): Int }")["A"]
        assert accepts(view, "{ x }")

    def test_executable_directives_are_kept(self):
        types = "type Query @type(G: A) { x: Int } directive @d(n: Int) on FIELD | OBJECT"
        assert accepts(views_of("a", types)["A"], "{ x @d(n: 1) }")


def test_every_recorded_supergraph_reads_and_every_view_builds(recorded_supergraphs):
    for name, sdl in recorded_supergraphs:
        for graph, view in extract_views(read_supergraph(sdl)).items():
            schema = build_ast_schema(parse(print_schema(view.schema)))
            assert validate_schema(schema) == [], f"{name}: {graph}"


@pytest.mark.parametrize("graph", ["A", "B"])
def test_extraction_is_deterministic(graph):
    first, second = (views_of("a b", PRODUCTS)[graph] for _ in range(2))
    assert first == second
    assert print_schema(first.schema) == print_schema(second.schema)
