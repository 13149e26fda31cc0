"""Satisfiability, from subgraphs to verdict: what can be answered composes, what can't is told by an operation."""

import pytest
from graphql import build_schema, parse, validate

from router.composition.compose import compose
from router.composition.satisfiability import check_satisfiability
from router.federation.errors import CompositionError, ErrorCode, HintCode
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph
from router.type_system.printer import print_schema
from tests.support.supergraphs import write_supergraph

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable",
  "@external", "@requires", "@provides", "@override", "@interfaceObject", "@context", "@fromContext", "@inaccessible"])
"""


def errors(**subgraphs: str) -> list[CompositionError]:
    return list(compose({name: LINK + sdl for name, sdl in subgraphs.items()}).errors)


def coordinates(**subgraphs: str) -> list[str]:
    """Return what can't be answered, by coordinate."""
    found = errors(**subgraphs)
    assert {error.code for error in found} <= {ErrorCode.SATISFIABILITY_ERROR}, found
    return [coordinate for error in found for coordinate in error.coordinates]


class TestKeys:
    A = 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }'

    def test_by_key(self):
        assert coordinates(a=self.A, b='type T @key(fields: "id") { id: ID! y: Int }') == []

    def test_no_key(self):
        assert coordinates(a=self.A, b="type T { id: ID! @shareable y: Int }") == ["T.y"]

    def test_key_that_the_source_lacks(self):
        assert coordinates(a=self.A, b='type T @key(fields: "code") { code: ID! y: Int }') == ["T.code", "T.y"]

    def test_key_fetched_on_the_way(self):
        b = 'type T @key(fields: "id") { id: ID! code: ID! @shareable }'
        assert coordinates(a=self.A, b=b, c='type T @key(fields: "code") { code: ID! @shareable z: Int }') == []

    def test_compound_key_from_two_subgraphs(self):
        b = 'type T @key(fields: "id") { id: ID! k: ID! @shareable }'
        c = 'type T @key(fields: "id") { id: ID! l: ID! @shareable }'
        d = 'type T @key(fields: "k l") { k: ID! @shareable l: ID! @shareable z: Int }'
        assert coordinates(a=self.A, b=b, c=c, d=d) == []

    def test_unresolvable_key(self):
        b = 'type T @key(fields: "id", resolvable: false) { id: ID! y: Int }'
        assert coordinates(a=self.A, b=b) == ["T.y"]

    def test_external_key_field(self):
        a = 'type Query { t: T } type T @key(fields: "id") { id: ID! @external x: Int }'
        assert coordinates(a=a, b='type T @key(fields: "id") { id: ID! y: Int }') == ["T.id", "T.y"]

    def test_a_nested_key_cannot_be_fetched_from_where_it_leads(self):
        a = 'type Query { t: T } type T { u: U @shareable } type U @key(fields: "id") { id: ID! }'
        b = 'type T @key(fields: "u { k }") { u: U @shareable c: Int } type U @key(fields: "id") { id: ID! k: ID! }'
        assert coordinates(a=a, b=b) == ["T.c"]

    def test_value_type_with_different_fields(self):
        a = "type Query { v: V } type V { x: Int @shareable }"
        assert coordinates(a=a, b="type V { x: Int @shareable y: Int }") == ["V.y"]

    def test_a_shared_root_field_can_be_answered_by_both(self):
        a = "type Query { v: V @shareable } type V { x: Int }"
        assert coordinates(a=a, b="type Query { v: V @shareable } type V { y: Int }") == []

    def test_a_field_that_returns_the_query_type(self):
        a = "type Query { p: P } type P { query: Query }"
        assert coordinates(a=a, b="type Query { y: Int }") == []

    def test_inaccessible_fields_are_not_walked(self):
        a = 'type Query { t: T } type T @key(fields: "id") { id: ID! h: H @inaccessible } type H { x: Int @shareable }'
        assert coordinates(a=a, b="type H { x: Int @shareable y: Int }") == []


class TestRequires:
    def test_by_key(self):
        a = 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }'
        b = 'type T @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }'
        assert coordinates(a=a, b=b) == []

    def test_a_key_that_is_lost_on_the_way(self):
        a = "type Query { t: T } type T { id: ID! @shareable k: ID! @shareable }"
        b = 'type T @key(fields: "k") { k: ID! @shareable x: Int }'
        c = 'type T @key(fields: "id") { id: ID! @shareable x: Int @external y: Int @requires(fields: "x") }'
        assert coordinates(a=a, b=b, c=c) == ["T.y"]

    def test_no_key_to_come_back_by(self):
        a = 'type Query { t: T } type T { id: ID! @shareable x: Int @external y: Int @requires(fields: "x") }'
        found = errors(a=a, b='type T @key(fields: "id") { id: ID! @shareable x: Int }')
        assert [error.coordinates for error in found] == [("T.y",)]
        assert "nothing leads back afterwards" in found[0].message

    def test_an_unresolvable_key_will_do_to_come_back(self):
        a = """type Query { t: T } type T @key(fields: "id", resolvable: false) {
          id: ID! @shareable x: Int @external y: Int @requires(fields: "x") }"""
        assert coordinates(a=a, b='type T @key(fields: "id") { id: ID! @shareable x: Int }') == []

    def test_a_key_unusable_after_requires(self):
        users = 'type Query { users: [User] } type User @key(fields: "id name") { id: ID! name: String! }'
        feed = """type Query { usersByIds: [User!]! } extend type User @key(fields: "id") {
          id: ID @external name: String! @external comments: [String] @requires(fields: "name") }"""
        assert "User.comments" in coordinates(users=users, feed=feed)

    def test_through_an_interface(self):
        a = """type Query { t: T } type T @key(fields: "id") { id: ID! i: I } interface I { f: Int }
        type X implements I @key(fields: "id") { id: ID! f: Int @external g: Int @requires(fields: "f") }"""
        b = """type T @key(fields: "id") { id: ID! i: I @external y: Int @requires(fields: "i { f }") }
        interface I { f: Int } type X implements I @key(fields: "id") { id: ID! f: Int }"""
        assert coordinates(a=a, b=b) == []


class TestProvides:
    B = 'type T @key(fields: "id2") { id2: ID! @inaccessible x: Int @shareable id: ID! @shareable }'

    def test_provided_here_and_not_there(self):
        a = """type Query { p: T @provides(fields: "x") q: T }
        type T @key(fields: "id", resolvable: false) { id: ID! x: Int @external }"""
        (error,) = errors(a=a, b=self.B)
        assert error.coordinates == ("T.x",)
        assert "    q {" in error.message

    def test_provided_everywhere(self):
        a = """type Query { p: T @provides(fields: "x") q: T @provides(fields: "x") }
        type T @key(fields: "id", resolvable: false) { id: ID! x: Int @external }"""
        assert coordinates(a=a, b=self.B) == []


class TestMutations:
    QUERY = "type Query { q: Int } "

    def test_one_subgraph_must_do_it_alone(self):
        a = self.QUERY + "type Mutation { m: R @shareable } type R { x: Int s: Int @shareable }"
        (error,) = errors(a=a, b="type Mutation { m: R @shareable } type R { y: Int s: Int @shareable }")
        assert error.coordinates == ("Mutation.m",)
        assert "called in a:" in error.message
        assert "called in b:" in error.message

    def test_it_is_enough_that_one_can(self):
        a = self.QUERY + 'type Mutation { m: R @shareable } type R @key(fields: "id") { id: ID! @shareable x: Int }'
        assert coordinates(a=a, b="type Mutation { m: R @shareable } type R { id: ID! @shareable }") == []

    def test_different_subgraphs_for_different_parts_are_no_help(self):
        a = (
            self.QUERY
            + """type Mutation { m: R @shareable } type R { n: N @shareable z: Z @shareable }
        type N @shareable { x: Int y: Int } type Z @shareable { x: Int }"""
        )
        b = """type Mutation { m: R @shareable } type R { n: N @shareable z: Z @shareable }
        type N @shareable { x: Int } type Z @shareable { x: Int y: Int }"""
        assert coordinates(a=a, b=b) == ["Mutation.m"]

    def test_what_they_share_below_must_turn_out_alike(self):
        a = (
            self.QUERY
            + """type Mutation { m: R @shareable } type R { i: I @shareable } interface I { x: Int }
        type S implements I { x: Int }"""
        )
        b = """type Mutation { m: R @shareable } type R { i: I @shareable } interface I { x: Int }
        type T implements I { x: Int }"""
        assert [error.code for error in errors(a=a, b=b)] == [ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES]


INTERFACE = """type Query { i: I } interface I @key(fields: "id"%s) { id: ID! a: Int }
type T implements I @key(fields: "id") { id: ID! a: Int t: Int }"""


class TestInterfaceObjects:
    B = 'type Query { j: I } type I @interfaceObject @key(fields: "id"%s) { id: ID! b: Int }'

    def test_there_and_back(self):
        assert coordinates(a=INTERFACE % "", b=self.B % "") == []

    def test_nobody_tells_the_type(self):
        assert coordinates(a=INTERFACE % ", resolvable: false", b=self.B % "") == ["I"]

    def test_no_way_to_the_object_form(self):
        assert coordinates(a=INTERFACE % "", b=self.B % ", resolvable: false") == ["T.b"]

    def test_fields_of_the_object_form_are_at_hand_where_it_stands(self):
        a = INTERFACE.replace("i: I", "x: Int") % ""
        assert coordinates(a=a, b=self.B % ", resolvable: false") == []

    def test_requires_from_another_object_form(self):
        c = """type Query { k: I } type I @interfaceObject @key(fields: "id") {
          id: ID! c: Int @requires(fields: "b a") b: Int @external a: Int @external }"""
        assert coordinates(a=INTERFACE % "", b=self.B % "", c=c) == []

    def test_an_implementation_in_a_third_subgraph(self):
        c = 'type T @key(fields: "id") { id: ID! c: Int }'
        assert coordinates(a=INTERFACE % "", b=self.B % "", c=c) == []


class TestLabels:
    A = 'type Query { ts: [T] } type T @key(fields: "id") { id: ID! x: Int }'
    B = 'type T @key(fields: "id") { id: ID! x: Int @override(from: "a", label: "l") }'

    def test_both_ways(self):
        assert coordinates(a=self.A, b=self.B) == []

    def test_one_way_only(self):
        a = "type Query { t: T } type T { x: X } type X { p: Int @shareable a: Int }"
        b = """type Query { t: T @override(from: "a", label: "l") }
        type T { x: X @override(from: "a", label: "l") } type X { p: Int @shareable }"""
        assert coordinates(a=a, b=b) == ["X.a"]

    def test_a_label_keeps_its_answer_on_the_way(self):
        a = "type Query { t: T } type T { x: X } type X { p: Int @shareable a: Int }"
        b = """type Query { t: T @override(from: "a", label: "l") }
        type T { x: X @override(from: "a", label: "l") }
        type X { p: Int @shareable a: Int @override(from: "a", label: "l") }"""
        assert coordinates(a=a, b=b) == []

    def test_requires_of_a_field_that_moves(self):
        c = 'type T @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }'
        assert coordinates(a=self.A, b=self.B, c=c) == ["T.y"]

    def test_the_message_names_the_label(self):
        a = "type Query { t: T s: S } type T { x: X } type X { p: Int @shareable a: Int } type S { t: T }"
        b = """type Query { t: T @override(from: "a", label: "l") } type T { x: X @override(from: "a", label: "l") }
        type X { p: Int @shareable a: Int @override(from: "a", label: "l") }"""
        (error,) = errors(a=a, b=b)
        assert 'a resolves T.x only while the @override label "l" is off' in error.message


class TestContexts:
    T = 'type T @key(fields: "id") @context(name: "c") { id: ID! u: U! p: Int! } '
    U = 'type U @key(fields: "id") { id: ID! f(a: Int @fromContext(field: "$c { p }")): Int }'

    def test_set_on_the_way(self):
        assert coordinates(a="type Query { t: T } " + self.T + self.U) == []

    def test_a_way_that_does_not_set_it(self):
        b = 'type Query { u: U } type U @key(fields: "id") { id: ID! }'
        found = errors(a="type Query { t: T } " + self.T + self.U, b=b)
        assert [error.coordinates for error in found] == [("U.f",)]
        assert "takes a of U.f from a context" in found[0].message

    def test_the_object_itself_does_not_set_it(self):
        a = """type Query { u: U } type U @key(fields: "id") @context(name: "c") {
          id: ID! p: Int f(a: Int @fromContext(field: "$c { p }")): Int }"""
        assert coordinates(a=a) == ["U.f"]

    def test_the_value_may_come_from_another_subgraph(self):
        a = "type Query { t: T } " + self.T.replace("p: Int!", "p: Int! @external") + self.U
        assert coordinates(a=a, b='type T @key(fields: "id") { id: ID! p: Int! }') == []

    def test_set_on_a_union(self):
        a = """type Query { n: N t: T } union N @context(name: "c") = T | S
        type T @key(fields: "id") { id: ID! u: U! p: Int! } type S @key(fields: "id") { id: ID! u: U! q: Int! }
        type U @key(fields: "id") { id: ID! f(a: Int @fromContext(field: "$c ... on T { p } ... on S { q }")): Int }"""
        assert coordinates(a=a) == []


class TestSharedAbstractFields:
    A = """type Query { i: I @shareable } interface I { id: ID! }
    type T implements I @key(fields: "id") { id: ID! f: Int }"""

    def test_nothing_in_common(self):
        b = 'type Query { i: I @shareable } interface I { id: ID! } type U implements I @key(fields: "id") { id: ID! }'
        (error,) = errors(a=self.A, b=b)
        assert error.code is ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
        assert "a returns T; b returns U" in error.message

    def test_something_in_common(self):
        b = """type Query { i: I @shareable } interface I { id: ID! } type U implements I { id: ID! k: Int }
        type T implements I @key(fields: "id") { id: ID! }"""
        composition = compose({"a": LINK + self.A, "b": LINK + b})
        assert not composition.errors
        (hint,) = composition.hints
        assert hint.code is HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
        assert hint.coordinates == ("Query.i",)
        assert "b should never return U" in hint.message

    def test_only_what_is_in_common_must_be_answered(self):
        b = """type Query { i: I @shareable } interface I { id: ID! } type T implements I @key(fields: "id") { id: ID! }
        type U implements I { id: ID! v: V } type V { x: Int @shareable }"""
        assert coordinates(a=self.A, b=b, c="type V { x: Int @shareable y: Int }") == []

    def test_interfaces_without_objects_are_alike(self):
        a = "type Query { i: I @shareable } interface I { id: ID! }"
        assert coordinates(a=a, b=a) == []


class TestMessages:
    def test_the_operation_is_valid_but_for_its_end(self):
        sdl = write_supergraph(
            ["a", "b"],
            """type Query @type(G: A) @type(G: B) { ts(first: Int!, in: In!, e: [E!]!, all: Boolean): [I] @field(G: A) }
            input In @type(G: A) { required: ID! optional: Int nested: In2! } input In2 @type(G: A) { f: Float! }
            enum E @type(G: A) { V @join__enumValue(graph: A) }
            interface I @type(G: A) { v: V }
            type T implements I @implements(G: A, interface: "I") @type(G: A) { v: V }
            type V @type(G: A) @type(G: B) { x: Int @field(G: A) y: Int @field(G: B) }""",
        )
        supergraph = read_supergraph(sdl)
        (error,) = check_satisfiability(supergraph).errors
        operation = error.message.split("answered:\n")[1].split("\n- ")[0]
        assert '(first: 1, in: {required: "1", nested: {f: 1.0}}, e: [V])' in operation
        assert "... on T {" in operation
        schema = build_schema(print_schema(api_schema(supergraph)))
        assert validate(schema, parse(operation)) == []
        assert error.message.startswith("[SATISFIABILITY_ERROR] ")
        assert error.subgraphs == ("a",)

    def test_each_subgraph_says_why_it_cannot_go_on(self):
        a = 'type Query { t: T } type T @key(fields: "id") { id: ID! z: Int @external w: Int @requires(fields: "z") }'
        b = 'type T @key(fields: "id", resolvable: false) { id: ID! y: Int }'
        c = "type T { id: ID! @shareable y2: Int z: Int @shareable }"
        messages = {e.coordinates[0]: e.message for e in errors(a=a.replace("id: ID!", "id: ID! @shareable"), b=b, c=c)}
        assert "- a doesn't have T.y\n" in messages["T.y"]
        assert 'can\'t be moved to by the @key "id" of T, which is resolvable: false there' in messages["T.y"]
        assert "can't be moved to, since T has no @key there" in messages["T.y2"]
        assert "a has T.z as @external only" in messages["T.z"]
        assert 'a needs "z" for T.w, which can\'t be had from a' in messages["T.w"]

    def test_a_coordinate_is_reported_once_by_its_shortest_operation(self):
        a = "type Query { deep: D v: V } type D { v: V } type V { x: Int @shareable }"
        (error,) = errors(a=a, b="type V { x: Int @shareable y: Int }")
        assert "query {\n    v {\n      y\n" in error.message


def test_too_many_states_are_refused():
    sdl = write_supergraph(
        ["a"], "type Query @type(G: A) { t: T } type T @type(G: A) { u: U } type U @type(G: A) { x: Int }"
    )
    (error,) = check_satisfiability(read_supergraph(sdl), max_states=2).errors
    assert error.code is ErrorCode.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED


def test_every_recorded_supergraph_is_satisfiable(recorded_supergraphs):
    for name, sdl in recorded_supergraphs:
        assert check_satisfiability(read_supergraph(sdl)).errors == (), name


@pytest.mark.parametrize("subgraphs", [40])
def test_entities_that_all_know_are_looked_at_once(subgraphs):
    """Interchangeable subgraphs cost one look each, not one look a pair."""
    names = [f"s{number}" for number in range(subgraphs)]
    roots = " ".join(f"r{n}: T @field(G: {name.upper()})" for n, name in enumerate(names))
    types = " ".join(f'@type(G: {name.upper()}, key: "id")' for name in names)
    own = " ".join(f"f{n}: T @field(G: {name.upper()})" for n, name in enumerate(names))
    everywhere = " ".join(f"@type(G: {name.upper()})" for name in names)
    sdl = write_supergraph(names, f"type Query {everywhere} {{ {roots} }} type T {types} {{ id: ID! {own} }}")
    assert check_satisfiability(read_supergraph(sdl), max_states=subgraphs + 1).errors == ()


def test_labels_that_no_longer_matter_are_forgotten():
    """A chain of fields that all move costs a few looks a type, not two to the power of the chain's length."""
    length = 30
    types = " ".join(
        f'type T{n} @type(G: A, key: "id") @type(G: B, key: "id") {{ id: ID! f: T{n + 1} '
        f'@field(G: A, overrideLabel: "l{n}") @field(G: B, override: "a", overrideLabel: "l{n}") }}'
        for n in range(length)
    )
    last = f"type T{length} @type(G: A) @type(G: B) {{ x: Int }}"
    sdl = write_supergraph(["a", "b"], f"type Query @type(G: A) {{ t: T0 }} {types} {last}")
    assert check_satisfiability(read_supergraph(sdl), max_states=3 * length).errors == ()
