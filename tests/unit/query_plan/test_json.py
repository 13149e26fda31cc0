"""The JSON form: there and back, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.errors import InvalidPlan
from router.query_plan.json import VERSION, plan_from_json, plan_to_json
from router.query_plan.nodes import (
    ConditionNode,
    ContextInput,
    DeferNode,
    DeferredNode,
    EntityInput,
    FetchNode,
    FieldStep,
    ListStep,
    ParallelNode,
    Rename,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)
from router.query_plan.plan import QueryPlan

PATH = (FieldStep("a"), ListStep(), TypeStep(("X", "Y")))
NEEDS = (RequiredField("id", "_a0", (RequiredField("x", "x", non_null=True, key=False),)), RequiredFragment(("X",), ()))
FETCH = FetchNode(
    3,
    "s",
    "{x}",
    operation_name="Q__s__3",
    variables=("v",),
    inputs=(
        EntityInput(
            "_entities",
            "representations",
            (PATH,),
            (RepresentationShape(("X",), NEEDS, "I"),),
            (ContextInput("_c0", "Int!", 1, NEEDS),),
        ),
    ),
    renames=(Rename(PATH, "_r0", "id"),),
    reasons=("because \u00e9",),
    places=(PATH,),
)
PLANS = [
    QueryPlan(None),
    QueryPlan(FETCH, {"schema": "abc"}),
    QueryPlan(SequenceNode((FETCH, ParallelNode((FETCH, ConditionNode("c", None, FETCH)))))),
    QueryPlan(DeferNode(None, (DeferredNode(None, PATH, (1, 2), "{ x }", None),))),
    QueryPlan(SubscriptionNode(FETCH, FETCH)),
]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_comes_back(plan: QueryPlan) -> None:
    text = plan_to_json(plan)
    again = plan_from_json(text)
    assert again == plan
    assert again.metadata == plan.metadata
    assert plan_to_json(again) == text
    assert plan_from_json(plan_to_json(plan, indent=2)) == plan


def broken(change: Any) -> str:
    data = json.loads(plan_to_json(PLANS[1]))
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"version": 1, "node": null, "metadata": {"a": NaN}}', "not JSON"),
        (broken(lambda data: data.update(version=VERSION + 1)), "version 2"),
        (broken(lambda data: data.update(version=True)), "version True"),
        (broken(lambda data: data.pop("node")), "no node"),
        (broken(lambda data: data.update(extra=1)), "unknown keys: extra"),
        (broken(lambda data: data.update(metadata={"a": 1})), "metadata"),
        (broken(lambda data: data["node"].update(form="Nothing")), "node has the form 'Nothing'"),
        (broken(lambda data: data["node"].update(id="3")), r"node\.id is not an integer"),
        (broken(lambda data: data["node"].update(id=True)), r"node\.id is not an integer"),
        (broken(lambda data: data["node"].update(service=None)), r"node\.service is not a string"),
        (broken(lambda data: data["node"].pop("service")), "node has no service"),
        (broken(lambda data: data["node"].update(inputs={})), r"node\.inputs is not a list"),
        (broken(lambda data: data["node"]["inputs"][0].update(more=1)), r"node\.inputs\[0\] has unknown keys: more"),
        (broken(lambda data: data["node"]["inputs"][0]["paths"][0].append(None)), r"paths\[0\]\[3\] is null"),
        (broken(lambda data: data["node"]["inputs"][0]["shapes"].append(3)), r"shapes\[1\] is not an object"),
    ],
)
def test_what_is_not_a_plan_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidPlan, match=reason):
        plan_from_json(text)


def test_a_plan_that_is_nested_without_end_is_refused() -> None:
    text = '{"version": 1, "node": ' + '{"form": "Sequence", "nodes": [' * 50_000
    with pytest.raises(InvalidPlan):
        plan_from_json(text)
    deep = '{"form": "Sequence", "nodes": [' * 50 + "]}" * 50
    assert plan_from_json(f'{{"version": 1, "node": {deep}}}').node is not None
