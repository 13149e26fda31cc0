"""The walker: what can be had from where, and where hops lead to."""

import pytest

from router.federation.field_set import parse_field_set
from router.graph.build import build_graph
from router.graph.labels import Labels
from router.graph.walker import SearchTooLong, Walker
from router.supergraph.reader import read_supergraph
from router.supergraph.views import OverrideCondition
from tests.support.supergraphs import write_supergraph

NONE = Labels()


class Walk:
    """A walker, asked in names."""

    def __init__(self, subgraphs: str, types: str) -> None:
        self.graph = build_graph(read_supergraph(write_supergraph(subgraphs.split(), types)))
        self.walker = Walker(self.graph)

    def node(self, place: str) -> int:
        subgraph, type_name = place.split(".")
        return self.graph.index[subgraph, type_name, ()]

    def has(self, place: str, fields: str, labels: Labels = NONE) -> bool:
        return self.walker.has((self.node(place),), parse_field_set(fields), labels)

    def local(self, place: str, fields: str, labels: Labels = NONE) -> bool:
        return self.walker.local(self.node(place), parse_field_set(fields), labels)

    def hops(self, *places: str, labels: Labels = NONE) -> list[str]:
        found = self.walker.hops(tuple(map(self.node, places)), labels)
        return [f"{self.graph.nodes[node].subgraph}.{self.graph.nodes[node].type}" for node in found]

    def reach(self, *places: str, labels: Labels = NONE) -> set[str] | None:
        found = self.walker.reach(tuple(map(self.node, places)), labels)
        return None if found is None else {f"{self.graph.nodes[n].subgraph}.{self.graph.nodes[n].type}" for n in found}


CHAIN = """
type Query @type(G: A) { t: T }
type T @type(G: A, key: "id") @type(G: B, key: "id") @type(G: B, key: "code") @type(G: C, key: "code")
  @type(G: D, key: "u { k }") {
  id: ID! @field(G: A) @field(G: B)
  code: ID! @field(G: B) @field(G: C)
  x: Int @field(G: A) @field(G: B, external: true) @field(G: C, external: true)
  y: Int @field(G: B, requires: "x")
  c: Int @field(G: C, requires: "x")
  u: U @field(G: B) @field(G: D)
  d: Int @field(G: D)
}
type U @type(G: B, key: "id") @type(G: D) @type(G: C, key: "id") {
  id: ID! @field(G: B) @field(G: C) k: ID! @field(G: C) @field(G: D) }
"""


class TestHops:
    def test_a_key_at_hand_and_one_on_the_way(self):
        assert Walk("a b c d", CHAIN).hops("A.T") == ["B.T", "C.T", "D.T"]

    def test_a_hop_tells_where_it_starts_and_by_what_key(self):
        walk = Walk("a b c d", CHAIN)
        hop = walk.walker.hops((walk.node("A.T"),), NONE)[walk.node("C.T")]
        assert hop.origin == walk.node("B.T")
        assert hop.key is not None
        assert hop.key.text == "code"

    def test_no_key_no_way(self):
        walk = Walk("a b", "type Query @type(G: A) { t: T } type T @type(G: A) @type(G: B) { x: Int }")
        assert walk.hops("A.T") == []

    def test_a_key_that_is_only_to_be_had_in_its_own_subgraph_leads_nowhere(self):
        types = """type Query @type(G: A) { t: T } type T @type(G: A, key: "id") @type(G: B, key: "code") {
          id: ID! @field(G: A) code: ID! @field(G: B) }"""
        assert Walk("a b", types).hops("A.T") == []

    def test_one_does_not_hop_to_where_one_stands(self):
        assert Walk("a b c d", CHAIN).hops("A.T", "B.T") == ["C.T", "D.T"]

    def test_unresolvable_keys_are_not_for_hopping(self):
        types = """type Query @type(G: A) { t: T }
        type T @type(G: A, key: "id") @type(G: B, key: "id", resolvable: false) { id: ID! }"""
        assert Walk("a b", types).hops("A.T") == []

    def test_reach_is_what_local_keys_lead_to(self):
        types = """type Query @type(G: A) { t: T } type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! }"""
        assert Walk("a b", types).reach("A.T") == {"A.T", "B.T"}

    def test_reach_does_not_answer_where_a_key_is_not_local(self):
        assert Walk("a b c d", CHAIN).reach("A.T") is None

    def test_root_types_need_no_key(self):
        types = "type Query @type(G: A) @type(G: B) { a: Query @field(G: A) b: Int @field(G: B) }"
        assert Walk("a b", types).hops("A.Query") == ["B.Query"]


class TestFieldSets:
    def test_local(self):
        walk = Walk("a b c d", CHAIN)
        assert walk.local("B.T", "id code u { id __typename }")
        assert not walk.local("B.T", "u { k }")
        assert not walk.local("B.T", "y")
        assert not walk.local("A.T", "code")

    def test_from_elsewhere(self):
        walk = Walk("a b c d", CHAIN)
        assert walk.has("A.T", "code u { id k }")
        assert not walk.has("C.U", "nowhere")

    def test_each_field_from_another_subgraph(self):
        assert Walk("a b c d", CHAIN).has("A.T", "id code d")

    def test_requirements_are_met_on_the_way(self):
        walk = Walk("a b c d", CHAIN)
        assert walk.has("A.T", "y")
        assert walk.has("B.T", "y")

    def test_no_way_back_to_what_is_required(self):
        # From C one comes to B by code, and from there to A by id.
        assert Walk("a b c d", CHAIN).has("C.T", "c")
        types = """type Query @type(G: A) @type(G: B) { t: T }
        type T @type(G: A, key: "id") @type(G: B, key: "code") {
          id: ID! @field(G: A) code: ID! @field(G: A) @field(G: B)
          x: Int @field(G: A) @field(G: B, external: true) y: Int @field(G: B, requires: "x") }"""
        assert not Walk("a b", types).has("B.T", "y")

    def test_circular_requirements_cannot_be_met(self):
        types = """type Query @type(G: A) { t: T } type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID!
          x: Int @field(G: A, requires: "y") @field(G: B, external: true)
          y: Int @field(G: A, external: true) @field(G: B, requires: "x") }"""
        assert not Walk("a b", types).has("A.T", "x")

    def test_abstract_types_are_narrowed(self):
        types = """type Query @type(G: A) { i: I }
        interface I @type(G: A) { x: Int }
        type S implements I @implements(G: A, interface: "I") @type(G: A, key: "id") @type(G: B, key: "id") {
          id: ID! x: Int @field(G: A, external: true) @field(G: B) y: Int @field(G: A, requires: "x") }
        type T implements I @implements(G: A, interface: "I") @type(G: A) { x: Int }"""
        walk = Walk("a b", types)
        assert not walk.local("A.I", "x")
        assert walk.has("A.I", "x")
        assert walk.has("A.Query", "i { x ... on S { id } ... on T { x } }")
        assert walk.local("A.I", "... on T { x }")
        assert not walk.local("A.I", "... on I { x }")


class TestComingBack:
    TYPES = """type Query @type(G: A) { t: T }
    type T @type(G: A, key: "id"%s) @type(G: B, key: "id") {
      id: ID! %s x: Int @field(G: A, external: true) @field(G: B) y: Int @field(G: A, requires: "x") }"""

    @pytest.mark.parametrize(
        ("resolvable", "field", "expected"),
        [("", "", True), (", resolvable: false", "", True), ("", "@field(G: A, external: true) @field(G: B)", False)],
    )
    def test_returns(self, resolvable, field, expected):
        walk = Walk("a b", self.TYPES % (resolvable, field))
        assert walk.walker.returns(walk.node("A.T")) is expected


class TestLabels:
    ON, OFF = OverrideCondition("l", active=True), OverrideCondition("l", active=False)

    def test_all_others_are_off(self):
        assert Labels(frozenset({"l"})).meet(self.ON)
        assert not Labels(frozenset({"l"})).meet(self.OFF)
        assert Labels().meet(self.OFF)
        assert not Labels().meet(self.ON)

    def test_what_is_not_known_meets_nothing(self):
        unknown = Labels(frozenset(), frozenset())
        assert not unknown.knows("l")
        assert not unknown.meet(self.ON)
        assert not unknown.meet(self.OFF)
        assert unknown.assume("l", active=True).meet(self.ON)
        assert unknown.assume("l", active=False).meet(self.OFF)

    def test_moves_follow_labels(self):
        types = """type Query @type(G: A) { t: T } type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID!
          x: Int @field(G: A, overrideLabel: "l") @field(G: B, override: "a", overrideLabel: "l") }"""
        walk = Walk("a b", types)
        assert walk.local("A.T", "x")
        assert not walk.local("A.T", "x", Labels(frozenset({"l"})))
        assert walk.has("A.T", "x", Labels(frozenset({"l"})))
        assert not walk.has("A.T", "x", Labels(frozenset(), frozenset()))


class TestSearches:
    """Searches for keys that aren't at hand stay small, whatever the keys."""

    @staticmethod
    def ring(size: int) -> Walk:
        """Each key is known to its own subgraph and the next one, and none to the first."""
        names = " ".join(f"s{number}" for number in range(size))
        keys = " ".join(f'@type(G: S{n}, key: "k{n}")' for n in range(1, size))
        fields = " ".join(f"k{n}: ID! @field(G: S{n}) @field(G: S{1 + n % (size - 1)})" for n in range(1, size))
        types = f"type Query @type(G: S0) {{ t: T }} type T @type(G: S0) {keys} {{ x: Int @field(G: S0) {fields} }}"
        return Walk(names, types)

    @staticmethod
    def nested(size: int) -> Walk:
        """Each key needs a field of a nested entity that only the key's own subgraph resolves."""
        names = " ".join(f"s{number}" for number in range(size))
        keys = " ".join(f'@type(G: S{n}, key: "u {{ a{n} }}")' for n in range(1, size))
        entity = " ".join(f'@type(G: S{n}, key: "id")' for n in range(size))
        fields = " ".join(f"a{n}: ID! @field(G: S{n})" for n in range(1, size))
        return Walk(
            names,
            f"type Query @type(G: S0) {{ t: T }} type T @type(G: S0) {keys} {{ u: U }} "
            f"type U {entity} {{ id: ID! {fields} }}",
        )

    @pytest.mark.parametrize("shape", ["ring", "nested"])
    def test_keys_that_cannot_be_had(self, shape):
        walk = getattr(self, shape)(30)
        assert walk.hops("S0.T") == []

    def test_a_budget_ends_a_search(self):
        walk = Walk("a b c d", CHAIN)
        walker = Walker(walk.graph, budget=0)
        with pytest.raises(SearchTooLong):
            walker.has((walk.node("A.T"),), parse_field_set("code"), NONE)
