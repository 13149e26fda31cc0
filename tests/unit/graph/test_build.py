"""The query graph: which moves there are from where."""

import os
import subprocess
import sys
from pathlib import Path

from router.federation.field_set import parse_field_set
from router.graph.build import build_graph
from router.graph.dot import print_dot
from router.graph.model import (
    AbstractMove,
    EntityMove,
    FieldMove,
    InterfaceObjectMove,
    QueryGraph,
    RootMove,
)
from router.supergraph.reader import read_supergraph
from router.supergraph.views import OverrideCondition
from tests.support.supergraphs import write_supergraph


def graph_of(subgraphs: str, types: str, roots: tuple[str, ...] = ("query",)) -> QueryGraph:
    return build_graph(read_supergraph(write_supergraph(subgraphs.split(), types, roots)))


def moves(graph: QueryGraph, subgraph: str, type_name: str, provided: str = "") -> list[object]:
    return list(graph.moves[graph.index[subgraph, type_name, parse_field_set(provided) if provided else ()]])


def fields(graph: QueryGraph, subgraph: str, type_name: str, provided: str = "") -> dict[str, FieldMove]:
    return {m.field: m for m in moves(graph, subgraph, type_name, provided) if isinstance(m, FieldMove)}


def hops(graph: QueryGraph, subgraph: str, type_name: str) -> list[tuple[str, str, str, str]]:
    return [
        (type(move).__name__, graph.nodes[move.target].subgraph, graph.nodes[move.target].type, move.key.text)
        for move in moves(graph, subgraph, type_name)
        if isinstance(move, EntityMove | InterfaceObjectMove)
    ]


ENTITY = """
type Query @type(G: A) @type(G: B) { t: T @field(G: A) }
type T @type(G: A, key: "id") @type(G: B, key: "id") @type(G: B, key: "code", resolvable: false) {
  id: ID! code: ID! @field(G: B) x: Int @field(G: A) @field(G: B, external: true)
  y: Int @field(G: B, requires: "x")
  z: Int @field(G: A, overrideLabel: "l") @field(G: B, override: "a", overrideLabel: "l")
}
"""


class TestFieldMoves:
    def test_only_what_the_subgraph_resolves(self):
        graph = graph_of("a b", ENTITY)
        assert list(fields(graph, "A", "T")) == ["id", "x", "z"]
        assert list(fields(graph, "B", "T")) == ["id", "code", "y", "z"]

    def test_conditions_stand_on_the_move(self):
        graph = graph_of("a b", ENTITY)
        assert fields(graph, "B", "T")["y"].requires == parse_field_set("x")
        assert fields(graph, "A", "T")["z"].override == OverrideCondition("l", active=False)
        assert fields(graph, "B", "T")["z"].override == OverrideCondition("l", active=True)

    def test_targets(self):
        graph = graph_of("a b", ENTITY)
        target = fields(graph, "A", "Query")["t"].target
        assert target is not None
        assert graph.nodes[target].type == "T"
        assert fields(graph, "A", "T")["x"].target is None

    def test_roots(self):
        graph = graph_of("a b", ENTITY)
        assert [graph.nodes[index].subgraph for index in graph.roots["query"]] == ["A", "B"]


class TestHops:
    def test_every_resolvable_key_including_ones_own(self):
        graph = graph_of("a b", ENTITY)
        expected = [("EntityMove", "A", "T", "id"), ("EntityMove", "B", "T", "id")]
        assert hops(graph, "A", "T") == expected
        assert hops(graph, "B", "T") == expected

    def test_moves_of_one_type_are_shared(self):
        graph = graph_of("a b", ENTITY)
        from_a = [move for move in moves(graph, "A", "T") if isinstance(move, EntityMove)]
        from_b = [move for move in moves(graph, "B", "T") if isinstance(move, EntityMove)]
        assert all(one is other for one, other in zip(from_a, from_b, strict=True))

    def test_interface_objects(self):
        graph = graph_of(
            "a b c",
            """type Query @type(G: A) @type(G: B) @type(G: C) { i: I }
            interface I @type(G: A, key: "id") @type(G: B, key: "id", isInterfaceObject: true)
              @type(G: C, key: "id", isInterfaceObject: true) { id: ID! b: Int @field(G: B) c: Int @field(G: C) }
            type T implements I @implements(G: A, interface: "I") @type(G: A, key: "id") {
              id: ID! b: Int @field c: Int @field }""",
        )
        assert hops(graph, "A", "T") == [
            ("EntityMove", "A", "T", "id"),
            ("InterfaceObjectMove", "B", "I", "id"),
            ("InterfaceObjectMove", "C", "I", "id"),
        ]
        assert hops(graph, "A", "I")[1:] == [
            ("InterfaceObjectMove", "B", "I", "id"),
            ("InterfaceObjectMove", "C", "I", "id"),
        ]
        assert hops(graph, "B", "I") == [
            ("InterfaceObjectMove", "A", "I", "id"),
            ("EntityMove", "B", "I", "id"),
            ("EntityMove", "C", "I", "id"),
        ]
        assert not [move for move in moves(graph, "B", "I") if isinstance(move, AbstractMove)]

    def test_a_root_type_is_entered_without_a_key(self):
        types = "type Query @type(G: A) @type(G: B) { a: Query @field(G: A) b: Int @field(G: B) }"
        graph = graph_of("a b", types)
        assert [m.target for m in moves(graph, "A", "Query") if isinstance(m, RootMove)] == list(graph.roots["query"])


ABSTRACT = """
type Query @type(G: A) { i: I u: U }
interface I @type(G: A) { x: Int y: Int z: Int w: Int v: Int }
union U @type(G: A) @member(G: A, member: "S") @member(G: A, member: "T") = S | T
type S implements I @implements(G: A, interface: "I") @type(G: A, key: "x") @type(G: B, key: "x") {
  x: Int y: Int @field(G: A, external: true) @field(G: B) z: Int @field(G: A, requires: "y") w: Int
  v: Int @field(G: A, overrideLabel: "l") @field(G: B, override: "a", overrideLabel: "l") }
type T implements I @implements(G: A, interface: "I") @type(G: A) { x: Int y: Int z: Int w: Int v: Int }
"""


class TestAbstractTypes:
    def test_a_field_that_every_member_resolves_at_once_needs_no_narrowing(self):
        assert list(fields(graph_of("a b", ABSTRACT), "A", "I")) == ["x", "w"]

    def test_members(self):
        graph = graph_of("a b", ABSTRACT)
        for name in ("I", "U"):
            found = [move for move in moves(graph, "A", name) if isinstance(move, AbstractMove)]
            assert [move.member for move in found] == ["S", "T"]
            assert [graph.nodes[move.target].type for move in found] == ["S", "T"]


PROVIDES = """
type Query @type(G: A) { t: T @field(G: A, provides: "u { x } ... on T { y }") i: I @field(G: A, provides: "y") t2: T }
interface I @type(G: A) { y: Int }
type T implements I @implements(G: A, interface: "I") @type(G: A, key: "id") @type(G: B, key: "id") {
  id: ID! u: U y: Int @field(G: A, external: true) @field(G: B) }
type U @type(G: A) @type(G: B) { x: Int @field(G: A, external: true) @field(G: B) }
"""


class TestProvidedCopies:
    def test_provided_fields_are_resolved_in_the_copy_only(self):
        graph = graph_of("a b", PROVIDES)
        target = fields(graph, "A", "Query")["t"].target
        assert target is not None
        copy = graph.nodes[target]
        assert copy.provided
        assert {m.field for m in graph.moves[target] if isinstance(m, FieldMove)} == {"id", "u"}
        assert "y" not in fields(graph, "A", "T")

    def test_what_is_provided_below(self):
        graph = graph_of("a b", PROVIDES)
        target = fields(graph, "A", "Query")["t"].target
        assert target is not None
        below = next(m.target for m in graph.moves[target] if isinstance(m, FieldMove) and m.field == "u")
        assert below == graph.index["A", "U", parse_field_set("x")]
        assert list(fields(graph, "A", "U", "x")) == ["x"]
        assert not fields(graph, "A", "U")

    def test_through_an_interface(self):
        graph = graph_of("a b", PROVIDES)
        assert list(fields(graph, "A", "I", "y")) == ["y"]
        assert not fields(graph, "A", "I")
        (member,) = [m for m in moves(graph, "A", "I", "y") if isinstance(m, AbstractMove)]
        assert member.target == graph.index["A", "T", parse_field_set("y")]

    def test_a_provides_that_comes_back_to_itself_ends(self):
        graph = graph_of(
            "a b",
            """type Query @type(G: A) { t: T }
            type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! t: T @field(G: A, provides: "x")
              x: Int @field(G: A, external: true) @field(G: B) }""",
        )
        copy = graph.index["A", "T", parse_field_set("x")]
        assert fields(graph, "A", "T", "x")["t"].target == copy


class TestDot:
    def test_text(self):
        text = print_dot(graph_of("a b", "type Query @type(G: A) { t: T } " + ENTITY.split("\n", 2)[2]))
        assert text.startswith("digraph query_graph {\n")
        assert '    label="b";' in text
        assert '[label="@key id", style=dashed];' in text
        assert text.endswith("}\n")

    def test_conditions_and_members_are_labelled(self):
        text = print_dot(
            graph_of(
                "a b",
                """type Query @type(G: A) { u: U } union U @type(G: A) @member(G: A, member: "T") = T
                type T @type(G: A, key: "id") @type(G: B, key: "id") {
                  id: ID! x: Int @field(G: A) @field(G: B, external: true)
                  t: T @field(G: B, requires: "x", overrideLabel: "l", override: "a") }""",
            )
        )
        assert '[label="... on T", style=dotted];' in text
        assert '[label="t @requires x [l]"];' in text


def test_the_graph_does_not_depend_on_the_hash_seed():
    code = (
        "from tests.unit.graph.test_build import *\n"
        "for types in (ENTITY, ABSTRACT, PROVIDES): print(print_dot(graph_of('a b', types)))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(texts) == 1
