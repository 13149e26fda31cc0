"""The text form of each node."""

from __future__ import annotations

from textwrap import dedent

from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    DeferredNode,
    EntityInput,
    FetchNode,
    FieldStep,
    ListStep,
    ParallelNode,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)
from router.query_plan.text import print_path, print_plan

ROOT = FetchNode(0, "users", "query Q($n: Int) {me{id friends(first: $n){id}}}", variables=("n",))
FEED = (FieldStep("feed"), ListStep())
REVIEW = (FieldStep("review"), TypeStep(("UserReview",)), FieldStep("product"))
SHAPE = RepresentationShape(
    ("User",),
    (
        RequiredField("id", "id"),
        RequiredField("price", "_a0", key=False),
        RequiredField("profile", "profile", (RequiredFragment(("Admin",), (RequiredField("level", "level"),)),)),
    ),
)
ENTITY = FetchNode(
    1,
    "reviews",
    "query($representations: [_Any!]!) {_entities(representations: $representations) {... on User{name ...a}}} "
    "fragment a on User {body}",
    inputs=(EntityInput("_entities", "representations", (FEED,), (SHAPE,)),),
)


def lines(node: object) -> list[str]:
    return print_plan(node).split("\n")  # type: ignore[arg-type]


def test_an_empty_plan() -> None:
    assert print_plan(None) == "QueryPlan {}"


def test_a_path() -> None:
    assert print_path(FEED) == "feed.@"
    assert print_path(REVIEW) == "review|[UserReview].product"


def test_a_root_fetch() -> None:
    assert print_plan(ROOT) == dedent(
        """\
        QueryPlan {
          Fetch(service: "users") {
            query ($n:Int) {
              me {
                id
                friends(first: $n) {
                  id
                }
              }
            }
          },
        }"""
    )


def test_an_entity_fetch_shows_what_it_needs_and_what_it_brings() -> None:
    text = print_plan(SequenceNode((ROOT, ENTITY)))
    expected = dedent(
        """\
        Flatten(path: "feed.@") {
          Fetch(service: "reviews") {
            {
              ... on User {
                __typename
                id
                price: _a0
                profile {
                  ... on Admin {
                    level
                  }
                }
              }
            } =>
            {
              ... on User {
                name
                ...a
              }
            }

            fragment a on User {
              body
            }
          },
        },"""
    )
    found = [line.removeprefix("    ") for line in text.split("\n")]
    start = found.index('Flatten(path: "feed.@") {')
    assert "\n".join(line.rstrip() for line in found[start : start + len(expected.split("\n"))]) == expected


def test_places_of_one_request_are_marked_with_it() -> None:
    two = FetchNode(
        7,
        "b",
        "query($r0: [_Any!]!, $r1: [_Any!]!) {_e0: _entities(representations: $r0) {... on A{x}} "
        "_e1: _entities(representations: $r1) {... on B{y}}}",
        inputs=(
            EntityInput("_e0", "r0", (FEED, REVIEW), (RepresentationShape(("A",), (RequiredField("id", "id"),), "I"),)),
            EntityInput("_e1", "r1", (FEED,), (RepresentationShape(("B",), (RequiredField("id", "id"),)),)),
        ),
    )
    found = lines(SequenceNode((ROOT, two)))
    assert sum('Fetch(service: "b", batch: 7)' in line for line in found) == 3
    assert "    Parallel {" in found
    assert sum(line.strip() == "... on I {" for line in found) == 2
    assert not any("Parallel" in line for line in lines(ParallelNode((ROOT, two)))[2:])


def test_conditions_defer_and_subscription() -> None:
    assert "  Include(if: $x) {" in lines(ConditionNode("x", ROOT))
    both = lines(ConditionNode("x", ROOT, ENTITY))
    assert both.index("  Include(if: $x) {") < both.index("  Skip(if: $x) {")
    deferred = lines(DeferNode(ROOT, (DeferredNode("slow", FEED, (0,), "{\n  name\n}", ENTITY),)))
    assert '      Deferred(depends: [0], path: "feed.@", label: "slow") {' in deferred
    assert "        }:" in deferred
    subscription = lines(SubscriptionNode(FetchNode(0, "a", "subscription {s{id}}", "subscription"), ENTITY))
    assert subscription[1:4] == ["  Subscription {", "    Primary {", '      Fetch(service: "a") {']
    assert "    Rest {" in subscription


def test_a_root_fetch_for_a_deeper_place() -> None:
    found = lines(FetchNode(0, "b", "{x}", places=((FieldStep("done"), FieldStep("query")),)))
    assert found[1:3] == ['  Flatten(path: "done.query") {', '    Fetch(service: "b") {']
