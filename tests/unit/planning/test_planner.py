"""Plans of small supergraphs: one test a federation feature, each plan checked for validity and completeness."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest
from graphql import parse

from router.errors import PlanningBudgetExceeded, UnplannableField
from router.operation.normalise import normalise
from router.planning.planner import Planner
from router.planning.selections import flatten
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    ParallelNode,
    Rename,
    SequenceNode,
    SubscriptionNode,
)
from router.query_plan.plan import QueryPlan
from router.query_plan.text import print_path
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph
from tests.support.plan_structure import PlanChecker, fetches_of, steps_of
from tests.support.supergraphs import write_supergraph


def make(
    names: Sequence[str],
    types: str,
    text: str,
    *,
    labels: frozenset[str] = frozenset(),
    roots: Sequence[str] = ("query",),
) -> QueryPlan:
    """Plan an operation, and check that the plan can be run."""
    supergraph = read_supergraph(write_supergraph(names, types, roots))
    operation = normalise(parse(text), None, api_schema(supergraph))
    plan = Planner(supergraph).plan(operation, labels)
    assert PlanChecker(supergraph).check(operation, plan) == [], str(plan)
    return plan


def asked(plan: QueryPlan) -> list[str]:
    """Return the subgraphs that are asked, in order, with the paths of entity fetches."""
    return [
        " ".join([fetch.service, *(print_path(path) for item in fetch.inputs for path in item.paths)])
        for fetch in fetches_of(plan.node)
    ]


ENTITY = """
type Query @type(G: A) @type(G: B) @type(G: C) { t: T @field(G: A) ts: [T] @field(G: A) }
type T @type(G: A, key: "id") @type(G: B, key: "id") @type(G: B, key: "code") @type(G: C, key: "code") {
  id: ID! @field(G: A) @field(G: B)
  code: ID! @field(G: B) @field(G: C)
  a: Int @field(G: A)
  b(n: Int): Int @field(G: B)
  c: Int @field(G: C)
}
"""
ABC = ("a", "b", "c")


def test_one_subgraph_is_asked_once() -> None:
    plan = make(ABC, ENTITY, "{ t { id a } ts { a } }")
    assert [fetch.operation for fetch in fetches_of(plan.node)] == ["{t{id a} ts{a}}"]


def test_a_key_that_is_not_at_hand_is_fetched_on_the_way() -> None:
    plan = make(ABC, ENTITY, "{ t { c } }")
    assert asked(plan) == ["a", "b t", "c t"]
    assert fetches_of(plan.node)[2].inputs[0].shapes[0].selections[0].name == "code"


def test_siblings_share_requests() -> None:
    plan = make(ABC, ENTITY, "{ t { b } ts { b } }")
    assert asked(plan) == ["a", "b t ts.@"]


def test_a_named_operation_names_its_fetches_and_passes_the_variables_it_uses() -> None:
    plan = make(ABC, ENTITY, "query Some($n: Int = 3, $m: Boolean!) { t { a @include(if: $m) b(n: $n) } }")
    first, second = fetches_of(plan.node)
    assert first.operation.startswith("query Some__a__0($m: Boolean!) {")
    assert second.operation.startswith("query Some__b__1($representations: [_Any!]!, $n: Int = 3) {")
    assert (first.variables, second.variables) == (("m",), ("n",))


def test_reasons_name_the_field_the_key_and_the_subgraph() -> None:
    plan = make(ABC, ENTITY, "{ t { b } }")
    assert fetches_of(plan.node)[1].reasons == ("T.b: asked of b by its key `id`",)


def test_nothing_is_fetched_for_introspection() -> None:
    assert make(ABC, ENTITY, "{ __typename __schema { types { name } } }").node is None
    assert asked(make(ABC, ENTITY, "{ __typename t { a } }")) == ["a"]


CONDITIONS = """
query($x: Boolean!, $y: Boolean!) { t { a b @include(if: $x) ... @skip(if: $y) { c } } }
"""


def test_a_fetch_that_depends_on_a_condition_is_in_a_condition_node() -> None:
    plan = make(ABC, ENTITY, "query($x: Boolean!) { t { a b @include(if: $x) } }")
    assert isinstance(plan.node, SequenceNode)
    condition = plan.node.nodes[1]
    assert isinstance(condition, ConditionNode)
    assert condition.variable == "x"
    assert isinstance(condition.if_clause, FetchNode)
    assert "@include" not in condition.if_clause.operation


def test_a_fetch_with_mixed_uses_keeps_conditions_inside() -> None:
    plan = make(ABC, ENTITY, CONDITIONS)
    _, hop, last = fetches_of(plan.node)
    assert "@include(if: $x)" in hop.operation
    assert "@skip" not in last.operation


def test_a_root_field_without_unconditional_selections_is_still_asked_for() -> None:
    plan = make(ABC, ENTITY, "query($x: Boolean!) { t { a @include(if: $x) } }")
    assert isinstance(plan.node, FetchNode)


def test_an_object_is_asked_for_even_if_nothing_of_it_is() -> None:
    plan = make("ab", SHARED, "{ v { a @skip(if: true) } }")
    assert len(fetches_of(plan.node)) == 1
    assert fetches_of(plan.node)[0].operation == "{v{__typename}}"


REQUIRES = """
type Query @type(G: A) @type(G: B) { t: T @field(G: A) u: T @field(G: B) }
type T @type(G: A, key: "id") @type(G: B, key: "id") {
  id: ID!
  price(currency: String): Int @field(G: A) @field(G: B, external: true)
  dollars: Int @field(G: B, requires: "price(currency: \\"USD\\")")
  euros: Int @field(G: B, requires: "price(currency: \\"EUR\\")")
  plain: Int @field(G: B)
}
"""


def test_a_required_field_travels_in_the_representation() -> None:
    plan = make("ab", REQUIRES, "{ t { dollars plain } }")
    assert asked(plan) == ["a", "b t"]
    key, required = fetches_of(plan.node)[1].inputs[0].shapes[0].selections
    assert (key.name, key.key) == ("id", True)
    assert (required.name, required.key) == ("price", False)


def test_a_required_field_with_other_arguments_than_the_clients_is_aliased() -> None:
    plan = make("ab", REQUIRES, '{ t { price(currency: "CHF") dollars euros } }')
    first, second = fetches_of(plan.node)
    assert first.operation.count("price") == 3
    assert [item.shapes[0].selections[1].source for item in second.inputs] == ["_a0", "_a1"]
    assert [item.response_name for item in second.inputs] == ["_e0", "_e1"]


def test_a_required_field_leaves_the_subgraph_and_comes_back() -> None:
    plan = make("ab", REQUIRES, "{ u { dollars } }")
    assert asked(plan) == ["b", "a u", "b u"]


def test_a_request_waits_for_a_later_one_to_the_same_subgraph() -> None:
    types = """
    type Query @type(G: A) @type(G: B) @type(G: C) { t: T @field(G: A) }
    type T @type(G: A, key: "id") @type(G: B, key: "id") @type(G: C, key: "id") {
      id: ID! b: Int @field(G: B) @field(G: C, external: true)
      now: Int @field(G: C) after: Int @field(G: C, requires: "b")
    }"""
    assert asked(make(ABC, types, "{ t { now after } }")) == ["a", "b t", "c t"]


SHARED = """
type Query @type(G: A) @type(G: B) { v: V }
type V @type(G: A) @type(G: B) { both: Int a: Int @field(G: A) b: Int @field(G: B) w: W }
type W @type(G: A) @type(G: B) { a: Int @field(G: A) b: Int @field(G: B) }
"""


def test_a_shared_root_splits_between_subgraphs() -> None:
    plan = make("ab", SHARED, "{ v { both a b w { a b } } }")
    assert isinstance(plan.node, ParallelNode)
    assert sorted(asked(plan)) == ["a", "b"]


PROVIDES = """
type Query @type(G: A) @type(G: B) { t: T @field(G: A, provides: "u { name deep { x } }") bare: T @field(G: A) }
type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! u: U @field(G: A, external: true) @field(G: B) }
type U @type(G: A, key: "id") @type(G: B, key: "id") {
  id: ID! name: String @field(G: A, external: true) @field(G: B)
  deep: D @field(G: A, external: true) @field(G: B) other: Int @field(G: B)
}
type D @type(G: A) @type(G: B) { x: Int @field(G: A, external: true) @field(G: B) }
"""


def test_provided_fields_need_no_hop() -> None:
    assert asked(make("ab", PROVIDES, "{ t { u { name deep { x } } } }")) == ["a"]
    assert asked(make("ab", PROVIDES, "{ bare { u { name } } }")) == ["a", "b bare"]
    assert asked(make("ab", PROVIDES, "{ t { u { name other } } }")) == ["a", "b t"]


OVERRIDE = """
type Query @type(G: A) @type(G: B) { t: T @field(G: A) }
type T @type(G: A, key: "id") @type(G: B, key: "id") {
  id: ID!
  f: Int @field(G: A, overrideLabel: "percent(50)") @field(G: B, override: "a", overrideLabel: "percent(50)")
}
"""


def test_a_label_moves_a_field() -> None:
    assert asked(make("ab", OVERRIDE, "{ t { f } }")) == ["a"]
    assert asked(make("ab", OVERRIDE, "{ t { f } }", labels=frozenset({"percent(50)"}))) == ["a", "b t"]


ABSTRACT = """
type Query @type(G: A) @type(G: B) { nodes: [Node] @field(G: A) thing: Thing @field(G: A) }
interface Node @type(G: A) @type(G: B) { id: ID! name: String @field(G: A) size: Int @field(G: B) }
type X implements Node @implements(G: A, interface: "Node") @implements(G: B, interface: "Node")
  @type(G: A, key: "id") @type(G: B, key: "id") {
  id: ID! name: String @field(G: A) size: Int @field(G: B) x: Int @field(G: B) }
type Y implements Node @implements(G: A, interface: "Node") @implements(G: B, interface: "Node")
  @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! name: String @field(G: A) size: Int @field(G: B) }
type Z @type(G: B) { z: Int }
union Thing @type(G: A) @type(G: B)
  @member(G: A, member: "X") @member(G: A, member: "Y") @member(G: B, member: "Z") = X | Y | Z
"""


def test_an_interface_stays_whole_where_every_member_can_answer() -> None:
    plan = make("ab", ABSTRACT, "{ nodes { id name } }")
    assert fetches_of(plan.node)[0].operation == "{nodes{__typename id name}}"


def test_hops_of_all_members_are_one_fetch() -> None:
    plan = make("ab", ABSTRACT, "{ nodes { size ... on X { x } } }")
    assert asked(plan) == ["a", "b nodes.@"]
    assert fetches_of(plan.node)[1].inputs[0].shapes[0].types == ("X", "Y")


def test_keys_that_all_members_need_are_asked_of_the_interface() -> None:
    plan = make("ab", ABSTRACT, "{ nodes { size } }")
    assert fetches_of(plan.node)[0].operation == "{nodes{__typename id}}"


def test_a_deferred_field_and_a_required_one_do_not_meet() -> None:
    text = '{ t { dollars ... on T @defer { price(currency: "CHF") } } }'
    plan = make("ab", REQUIRES, text)
    assert '_a0: price(currency: "USD")' in fetches_of(plan.node)[0].operation


def test_a_member_that_a_subgraph_does_not_know_is_left_out() -> None:
    plan = make("ab", ABSTRACT, "{ thing { ... on Z { z } ... on X { name } } }")
    assert fetches_of(plan.node)[0].operation == "{thing{__typename ... on X{name}}}"


INTERFACE_OBJECT = """
type Query @type(G: A) @type(G: B) { ios: [I] @field(G: B) is: [I] @field(G: A) }
interface I @type(G: A, key: "id") @type(G: B, key: "id", isInterfaceObject: true) {
  id: ID! stars: Int @field(G: B) name: String @field(G: A)
}
type M implements I @implements(G: A, interface: "I") @type(G: A, key: "id") {
  id: ID! name: String m: Int stars: Int @field }
type N implements I @implements(G: A, interface: "I") @type(G: A, key: "id") { id: ID! name: String stars: Int @field }
"""


def test_fields_of_an_interface_object_are_local() -> None:
    assert asked(make("ab", INTERFACE_OBJECT, "{ ios { id stars } }")) == ["b"]


def test_the_concrete_type_of_an_interface_object_takes_a_hop() -> None:
    plan = make("ab", INTERFACE_OBJECT, "{ ios { stars __typename ... on M { m } } }")
    assert asked(plan) == ["b", "a ios.@"]
    shape = fetches_of(plan.node)[1].inputs[0].shapes[0]
    assert shape.typename == "I"
    assert set(shape.types) == {"I", "M", "N"}


def test_an_implementation_asks_the_interface_object_by_the_interfaces_name() -> None:
    plan = make("ab", INTERFACE_OBJECT, "{ is { name stars } }")
    assert asked(plan) == ["a", "b is.@"]
    shape = fetches_of(plan.node)[1].inputs[0].shapes[0]
    assert (shape.typename, shape.types) == ("I", ("M", "N"))


CONFLICT = """
union Account @type(G: A) @member(G: A, member: "User") @member(G: A, member: "Admin") = User | Admin
type Admin @type(G: A) { id: ID }
type User @type(G: A) { id: ID @field(G: A, type: "ID!") }
type Query @type(G: A) { accounts: [Account!]! }
"""


def test_fields_that_conflict_in_a_subgraph_only_are_renamed() -> None:
    plan = make("a", CONFLICT, "{ accounts { ... on User { id } ... on Admin { id } } }")
    (fetch,) = fetches_of(plan.node)
    assert [(rename.alias, rename.name) for rename in fetch.renames] == [("_r0", "id")]
    assert isinstance(fetch.renames[0], Rename)
    assert "_r0: id" in fetch.operation


CONTEXT = """
type Query @type(G: A) @type(G: B) { t: T @field(G: A) }
type T @type(G: A, key: "id") @type(G: B, key: "id") @context(name: "A__ctx") {
  id: ID! prop: String @field(G: B) us: [U] @field(G: A)
}
type U @type(G: A, key: "id") {
  id: ID!
  val: Int @field(G: A, contextArguments: [{context: "A__ctx", name: "p", type: "String", selection: "{ prop }"}])
}
"""


def test_a_context_is_read_from_the_enclosing_object() -> None:
    plan = make("ab", CONTEXT, "{ t { us { val } } }")
    assert asked(plan) == ["a", "b t", "a t.us.@"]
    last = fetches_of(plan.node)[2]
    (context,) = last.inputs[0].contexts
    assert (context.ancestor, context.type) == (1, "String")
    assert f"val(p: ${context.variable})" in last.operation


MUTATION = """
type Query @type(G: A) @type(G: B) { x: Int @field(G: B) y: Int @field(G: A) }
type Mutation @type(G: A) @type(G: B) {
  a1: P @field(G: A) a2: P @field(G: A) b1: P @field(G: B) any: Int done: Payload @field(G: A) }
type P @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! a: Int @field(G: A) b: Int @field(G: B) }
type Payload @type(G: A) { query: Query! }
"""


def test_mutations_run_in_order_with_their_hops() -> None:
    plan = make("ab", MUTATION, "mutation { a1 { b } a2 { a } any b1 { b } }", roots=("query", "mutation"))
    assert [(fetch.kind, fetch.service) for fetch in fetches_of(plan.node)] == [
        ("mutation", "a"),
        ("query", "b"),
        ("mutation", "b"),
    ]
    assert isinstance(plan.node, SequenceNode)
    assert fetches_of(plan.node)[0].operation == "mutation {a1{id __typename} a2{a} any}"


def test_a_payload_that_returns_the_query_root_reaches_other_subgraphs() -> None:
    plan = make("ab", MUTATION, "mutation { done { query { x y } } }", roots=("query", "mutation"))
    _, second = fetches_of(plan.node)
    assert (second.kind, second.operation, [print_path(path) for path in second.places]) == (
        "query",
        "{x}",
        ["done.query"],
    )


def test_a_subscription_takes_its_event_from_one_subgraph() -> None:
    types = MUTATION.replace("type Mutation", "type Subscription")
    plan = make("ab", types, "subscription { a1 { a b } }", roots=("query", "subscription"))
    assert isinstance(plan.node, SubscriptionNode)
    assert (plan.node.primary.kind, plan.node.primary.service) == ("subscription", "a")
    assert isinstance(plan.node.rest, FetchNode)


def test_what_is_deferred_is_fetched_later() -> None:
    plan = make(ABC, ENTITY, '{ t { id ... @defer(label: "slow") { a b } } }')
    assert isinstance(plan.node, DeferNode)
    assert [fetch.operation for fetch in fetches_of(plan.node.primary)] == ["{t{id __typename}}"]
    (part,) = plan.node.deferred
    assert (part.label, print_path(part.path), part.depends) == ("slow", "t", (0,))
    assert sorted(fetch.service for fetch in fetches_of(part.node)) == ["a", "b"]


def test_a_deferred_part_that_is_there_already_fetches_nothing() -> None:
    plan = make(ABC, ENTITY, "{ t { id ... @defer { id } } }")
    assert isinstance(plan.node, DeferNode)
    assert plan.node.deferred[0].node is None


def test_a_variable_decides_on_deferring() -> None:
    plan = make(ABC, ENTITY, "query($d: Boolean!) { t { id ... @defer(if: $d) { b } } }")
    assert isinstance(plan.node, ConditionNode)
    assert isinstance(plan.node.if_clause, DeferNode)
    assert isinstance(plan.node.else_clause, SequenceNode)


def test_a_field_that_cannot_be_reached_is_named() -> None:
    types = """
    type Query @type(G: A) @type(G: B) { v: V @field(G: A) }
    type V @type(G: A) @type(G: B) { a: Int @field(G: A) b: Int @field(G: B) }"""
    with pytest.raises(UnplannableField, match=r"V\.b"):
        make("ab", types, "{ v { b } }")


def test_nothing_of_an_operation_is_kept_when_it_is_planned_or_explained() -> None:
    supergraph = read_supergraph(
        write_supergraph(["a"], "type Query @type(G: A) { me: User } type User @type(G: A) { id: ID }")
    )
    operation = normalise(parse("{ me { id } }"), None, api_schema(supergraph))
    Planner(supergraph).plan(operation)
    assert flatten.cache_info().currsize == 0
    Planner(supergraph).explain(operation)
    assert flatten.cache_info().currsize == 0


def test_planning_stops_when_it_is_told_to() -> None:
    supergraph = read_supergraph(write_supergraph(ABC, ENTITY))
    text = (
        "{ "
        + " ".join(f"t{k}: t {{ {' '.join(f'b{n}: b(n: {n * 100 + k})' for n in range(3))} }}" for k in range(200))
        + " }"
    )
    operation = normalise(parse(text), None, api_schema(supergraph))
    with pytest.raises(PlanningBudgetExceeded):
        Planner(supergraph).plan(operation, should_stop=lambda: True)
    with pytest.raises(PlanningBudgetExceeded):
        Planner(supergraph).plan(operation, budget=50)


def test_a_plan_with_too_many_places_is_refused() -> None:
    supergraph = read_supergraph(
        write_supergraph(
            "ab",
            """
            type Query @type(G: A) @type(G: B) { t: T @field(G: A) }
            type T @type(G: A, key: "id") @type(G: B, key: "id") { id: ID! a: T @field(G: A) b: T @field(G: B) }
            """,
        )
    )
    fragments = " ".join(
        f"fragment F{k} on T {{ x: {'ab'[k % 2]} {{ ...F{k + 1} }} y: {'ab'[k % 2]} {{ ...F{k + 1} }} }}"
        for k in range(18)
    )
    text = f"{{ t {{ ...F0 }} }} {fragments} fragment F18 on T {{ id }}"
    operation = normalise(parse(text), None, api_schema(supergraph))
    with pytest.raises(PlanningBudgetExceeded):
        Planner(supergraph).plan(operation)


def test_a_fragment_that_doubles_is_sent_as_it_came() -> None:
    types = """
    type Query @type(G: A) @type(G: B) { t: T @field(G: A) }
    type T @type(G: A) @type(G: B) { id: ID! a: T @field(G: A) }"""
    fragments = " ".join(f"fragment F{k} on T {{ x: a {{ ...F{k + 1} }} y: a {{ ...F{k + 1} }} }}" for k in range(18))
    supergraph = read_supergraph(write_supergraph("ab", types))
    operation = normalise(
        parse(f"{{ t {{ ...F0 }} }} {fragments} fragment F18 on T {{ id }}"), None, api_schema(supergraph)
    )
    (fetch,) = fetches_of(Planner(supergraph).plan(operation).node)
    assert len(fetch.operation) < 2_000
    assert steps_of(fetch) == 1


_PRINT = """
import sys; sys.path.insert(0, {root!r})
from tests.unit.planning.test_planner import *
for types, text in ((ENTITY, "{{ t {{ a b c }} ts {{ b c }} }}"), (ENTITY, CONDITIONS)):
    print(make(ABC, types, text))
print(make("ab", ABSTRACT, "{{ nodes {{ name size ... on X {{ x }} }} thing {{ ... on Y {{ size }} }} }}"))
print(make("ab", INTERFACE_OBJECT, "{{ ios {{ stars name __typename }} is {{ stars }} }}"))
"""


def test_plans_do_not_depend_on_the_hash_seed() -> None:
    root = os.getcwd()
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _PRINT.format(root=root)],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            text=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert "QueryPlan {" in outputs.pop()
