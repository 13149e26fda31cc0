"""Reading supergraphs: every version of the join specification, any composer's spelling, and clear refusals."""

import pytest

from router.errors import InvalidSupergraph
from router.supergraph.model import ContextArgument, JoinField, JoinGraph, JoinType
from router.supergraph.reader import read_supergraph
from router.type_system.model import NamedType, NonNullType, ObjectType, named_type
from tests.support.supergraphs import write_supergraph

LINK = '@link(url: "https://specs.apollo.dev/link/v1.0")'
JOIN = '@link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)'
GRAPHS = 'enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }'


def document(body: str, links: str = f"{LINK} {JOIN}") -> str:
    return f"schema {links} {{ query: Query }}\n{GRAPHS}\n{body}"


QUERY = "type Query @join__type(graph: A) { x: Int }"


def refusal(sdl: str) -> str:
    with pytest.raises(InvalidSupergraph) as caught:
        read_supergraph(sdl)
    return str(caught.value)


class TestTables:
    def test_graphs_keep_their_own_names(self):
        assert read_supergraph(document(QUERY)).graphs == {
            "A": JoinGraph("A", "a", "http://a"),
            "B": JoinGraph("B", "b", "http://b"),
        }

    def test_machinery_is_gone_from_the_schema(self):
        supergraph = read_supergraph(write_supergraph(["a"], "type Query @type(G: A) { x: Int @field(G: A) }"))
        assert list(supergraph.schema.types) == ["Query"]
        assert list(supergraph.schema.directive_definitions) == ["context"]
        query = supergraph.schema.types["Query"]
        assert isinstance(query, ObjectType)
        assert query.directives == ()
        assert query.fields["x"].directives == ()
        assert supergraph.schema.directives == ()

    def test_types_and_fields(self):
        supergraph = read_supergraph(
            document(
                """type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A, provides: "y") }
                type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", resolvable: false)
                  @join__type(graph: B, key: "a b", extension: true) {
                  id: ID!
                  y: Int @join__field(graph: A, external: true) @join__field(graph: B, type: "Int!")
                  z: Int @join__field(graph: B, requires: "y", usedOverridden: true)
                  w: Int @join__field
                }"""
            )
        )
        joins = supergraph.joins["T"]
        assert joins.types == (
            JoinType("A", "id"),
            JoinType("B", "id", resolvable=False),
            JoinType("B", "a b", extension=True),
        )
        assert joins.graphs == ("A", "B")
        assert "id" not in joins.fields
        assert joins.fields["y"] == (
            JoinField("A", external=True),
            JoinField("B", type=NonNullType(NamedType("Int"))),
        )
        assert joins.fields["z"] == (JoinField("B", requires="y", used_overridden=True),)
        assert joins.fields["w"] == (JoinField(None),)

    def test_context_arguments_and_override_labels(self):
        supergraph = read_supergraph(
            write_supergraph(
                ["a", "b"],
                """type Query @type(G: A) @type(G: B) {
                  f: Int @field(G: A, contextArguments:
                    [{name: "x", type: "[Int!]", context: "a__c", selection: "{ y }"}])
                  g: Int @field(G: A, overrideLabel: "l") @field(G: B, override: "a", overrideLabel: "l")
                }""",
            )
        )
        (field,) = supergraph.joins["Query"].fields["f"]
        (argument,) = field.context_arguments
        assert isinstance(argument, ContextArgument)
        assert (argument.name, str(argument.type), argument.context) == ("x", "[Int!]", "a__c")
        assert supergraph.joins["Query"].fields["g"] == (
            JoinField("A", override_label="l"),
            JoinField("B", override="a", override_label="l"),
        )

    def test_members_values_and_implements(self):
        supergraph = read_supergraph(
            document(
                """type Query @join__type(graph: A) { u: U }
                union U @join__type(graph: A) @join__unionMember(graph: A, member: "Query") = Query
                enum E @join__type(graph: A) { V @join__enumValue(graph: A) }
                interface I @join__type(graph: A) { x: Int }
                type T implements I @join__implements(graph: A, interface: "I") @join__type(graph: A) { x: Int }"""
            )
        )
        assert supergraph.joins["U"].members == (("A", "Query"),)
        assert supergraph.joins["E"].values == {"V": ("A",)}
        assert supergraph.joins["T"].implements == (("A", "I"),)

    def test_before_v03_members_and_values_follow_their_types(self):
        supergraph = read_supergraph(
            document(
                """type Query @join__type(graph: A) @join__type(graph: B) { u: U }
                type T @join__type(graph: A) { x: E }
                union U @join__type(graph: A) @join__type(graph: B) = Query | T
                enum E @join__type(graph: A) @join__type(graph: B) { V }""",
                f'{LINK} @link(url: "https://specs.apollo.dev/join/v0.2", for: EXECUTION)',
            )
        )
        assert supergraph.join_version == (0, 2)
        assert supergraph.joins["U"].members == (("A", "Query"), ("B", "Query"), ("A", "T"))
        assert supergraph.joins["E"].values == {"V": ("A", "B")}

    def test_join_directives_are_data(self):
        supergraph = read_supergraph(
            document(
                """type Query @join__type(graph: A) @join__directive(graphs: [A], name: "d", args: {n: 1}) {
                x: Int @join__directive(graphs: [A, B], name: "e") }"""
            )
        )
        found = supergraph.joins["Query"].directives
        assert found[""][0].directive.arguments == {"n": 1}
        assert found["x"][0].graphs == ("A", "B")


class TestSpelling:
    def test_join_under_another_name(self):
        sdl = f"""schema {LINK} @link(url: "https://specs.apollo.dev/join/v0.3", as: "j", for: EXECUTION)
          {{ query: Query }}
        enum j__Graph {{ A @j__graph(name: "a", url: "u") }}
        scalar j__FieldSet
        type Query @j__type(graph: A) {{ x: Int @j__field(graph: A, requires: "y") y: Int }}"""
        supergraph = read_supergraph(sdl)
        assert supergraph.joins["Query"].fields["x"] == (JoinField("A", requires="y"),)
        assert list(supergraph.schema.types) == ["Query"]

    def test_link_under_another_name(self):
        sdl = f"""schema @l(url: "https://specs.apollo.dev/link/v1.0", as: "l")
          @l(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION, import: ["@type", {{name: "@field", as: "@f"}}])
          {{ query: Query }}
        {GRAPHS}
        enum l__Purpose {{ EXECUTION }}
        type Query @type(graph: A) {{ x: Int @f(graph: A, external: true) }}"""
        supergraph = read_supergraph(sdl)
        assert supergraph.joins["Query"].fields["x"] == (JoinField("A", external=True),)
        assert list(supergraph.schema.types) == ["Query"]

    def test_other_features_are_kept_with_their_names(self):
        supergraph = read_supergraph(
            document(
                QUERY + " directive @hide on FIELD_DEFINITION",
                f'{LINK} {JOIN} @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY,'
                ' import: [{name: "@inaccessible", as: "@hide"}]) @link(url: "https://a.dev/own/v2.1")',
            )
        )
        assert [feature.identity for feature in supergraph.features] == [
            "https://specs.apollo.dev/inaccessible",
            "https://a.dev/own",
        ]
        assert supergraph.features[1].version == (2, 1)
        assert supergraph.directive_name("inaccessible", "inaccessible") == "hide"
        assert supergraph.directive_name("own", "own") == "own"
        assert supergraph.directive_name("own", "other") == "own__other"
        assert supergraph.directive_name("tag", "tag") is None


OWNED = """
schema @core(feature: "https://specs.apollo.dev/core/v0.1") @core(feature: "https://specs.apollo.dev/join/v0.1") {
  query: Query
}
directive @core(feature: String!) repeatable on SCHEMA
scalar join__FieldSet
enum join__Graph { U @join__graph(name: "users", url: "http://u") R @join__graph(name: "reviews", url: "http://r") }
type Query { me: User @join__field(graph: U) top: [Review] @join__field(graph: R) }
type User @join__owner(graph: U) @join__type(graph: U, key: "id") @join__type(graph: R, key: "id") {
  id: ID!
  name: String
  address: Address
  reviews: [Review] @join__field(graph: R, requires: "name")
}
type Review @join__owner(graph: R) @join__type(graph: R, key: "id") {
  id: ID!
  body: String
  author: User @join__field(graph: R, provides: "name")
}
type Address { street: String kind: Kind }
enum Kind { HOME WORK }
type Pair { review: Review text: String }
"""


class TestOwners:
    """Join specification v0.1: an entity's plain fields are its owner's; a value type is everybody's."""

    def test_entity(self):
        joins = read_supergraph(OWNED).joins["User"]
        assert joins.types == (JoinType("U", "id"), JoinType("R", "id"))
        assert "id" not in joins.fields
        assert joins.fields["address"] == (JoinField("U"),)
        assert joins.fields["reviews"] == (JoinField("R", requires="name"),)

    def test_required_and_provided_fields_are_external(self):
        assert read_supergraph(OWNED).joins["User"].fields["name"] == (JoinField("U"), JoinField("R", external=True))

    def test_value_types_are_everywhere(self):
        joins = read_supergraph(OWNED).joins
        assert joins["Address"].graphs == ("U", "R")
        assert joins["Kind"].values == {"HOME": ("U", "R"), "WORK": ("U", "R")}

    def test_a_field_is_left_out_where_its_type_is_unknown(self):
        joins = read_supergraph(OWNED).joins["Pair"]
        assert joins.graphs == ("U", "R")
        assert joins.fields["review"] == (JoinField("R"),)

    def test_roots_belong_to_the_graphs_of_their_fields(self):
        assert read_supergraph(OWNED).joins["Query"].fields["me"] == (JoinField("U"),)


class TestRefusals:
    def test_syntax_error(self):
        assert refusal("schema {").startswith("line 1, column 9: the supergraph is not valid GraphQL:")

    def test_subgraph_schema(self):
        message = refusal('extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { x: Int }')
        assert "it looks like the schema of one subgraph" in message
        assert "router compose" in message

    def test_plain_schema(self):
        assert "it looks like a plain GraphQL schema" in refusal("type Query { x: Int }")

    def test_unknown_feature_for_security(self):
        message = refusal(document(QUERY, f'{LINK} {JOIN}\n@link(url: "https://a.dev/vault/v1.0", for: SECURITY)'))
        assert message.startswith("line 2, column 1: the feature https://a.dev/vault v1.0 is linked for SECURITY")

    def test_unknown_version_of_a_known_feature(self):
        link = '@link(url: "https://specs.apollo.dev/inaccessible/v1.0", for: SECURITY)'
        assert "inaccessible v1.0" in refusal(document(QUERY, f"{LINK} {JOIN} {link}"))

    def test_unknown_join_version(self):
        message = refusal(document(QUERY, f'{LINK} @link(url: "https://specs.apollo.dev/join/v0.9")'))
        assert "join specification v0.9 is not known; v0.1 to v0.5 are" in message

    def test_no_graphs(self):
        message = refusal(f"schema {LINK} {JOIN} {{ query: Query }} {QUERY}")
        assert "enum join__Graph is missing" in message

    def test_unknown_graph(self):
        message = refusal(document("type Query @join__type(graph: C) { x: Int }"))
        assert message.startswith("line 3, column 12: Query: @join__type names the graph C")
        assert "there are: A, B" in message

    def test_field_in_a_graph_that_its_type_is_not_in(self):
        message = refusal(document("type Query @join__type(graph: A) {\n  x: Int @join__field(graph: B)\n}"))
        assert message.startswith("line 4, column 10: Query.x is said to be in B, but its type is not known there")

    @pytest.mark.parametrize("argument", ["requires", "provides"])
    def test_malformed_field_set_of_a_field(self, argument):
        field = f'x: Int @join__field(graph: A, {argument}: "a {{ b")'
        message = refusal(document(f"type Query @join__type(graph: A) {{ {field} }}"))
        assert f"Query.x: {argument}: 'a {{ b' of @join__field is not a field set" in message

    def test_malformed_key(self):
        message = refusal(document('type Query @join__type(graph: A, key: "") { x: Int }'))
        assert "Query: key: '' of @join__type is not a field set" in message

    def test_malformed_type(self):
        message = refusal(document('type Query @join__type(graph: A) { x: Int @join__field(graph: A, type: "[Int") }'))
        assert "Query.x: type: '[Int' of @join__field is not a type" in message

    def test_incomplete_graph(self):
        body = "enum join__Graph { A } type Query @join__type(graph: A) { x: Int }"
        message = refusal(f"schema {LINK} {JOIN} {{ query: Query }} {body}")
        assert "join__Graph.A needs @join__graph(name: String!, url: String!)" in message

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("type Query @join__type(graph: A) { x: Gone }", "Query.x refers to Gone, which is not an output type"),
            (
                QUERY + " input I @join__type(graph: A) { q: Int } type T @join__type(graph: A) { x: I }",
                "T.x refers to I, which is not an output type",
            ),
            (QUERY + " union U @join__type(graph: A) = Gone", "U refers to Gone, which is not an object type"),
            (
                QUERY + " type T implements Query @join__type(graph: A) { x: Int }",
                "T refers to Query, which is not an int",
            ),
            ("scalar S @join__type(graph: A)", "the query root refers to Query, which is not an object type"),
        ],
    )
    def test_references_that_lead_nowhere(self, body, expected):
        assert expected in refusal(document(body))

    def test_defined_twice(self):
        assert "Query is defined twice" in refusal(document(QUERY + QUERY))

    def test_incomplete_context_argument(self):
        field = 'x: Int @join__field(graph: A, contextArguments: [{name: "a"}])'
        message = refusal(document(f"type Query @join__type(graph: A) {{ {field} }}"))
        assert "Query.x: a context argument needs name, type, context and selection" in message


def test_named_types_of_the_schema_are_known():
    schema = read_supergraph(OWNED).schema
    for definition in schema.types.values():
        if isinstance(definition, ObjectType):
            for item in definition.fields.values():
                assert named_type(item.type) in {*schema.types, "ID", "String"}
