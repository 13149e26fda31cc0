"""A spoilt answer differs from the right one, in one place and in a way that a router can tell."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from router.verification.spoil import spoil

ANSWER: dict[str, Any] = {
    "data": {
        "_entities": [{"__typename": "User", "name": "Ada", "tags": ["x"], "json": {"free": [1]}}, None],
        "me": {"__typename": "User", "age": 3},
    }
}


def spoilt(seed: int) -> dict[str, Any]:
    return spoil(json.loads(json.dumps(ANSWER)), Random(seed))


@pytest.mark.parametrize("seed", range(40))
def test_one_thing_is_wrong(seed: int) -> None:
    answer = spoilt(seed)
    assert answer != ANSWER
    if "errors" in answer and answer["data"] is not None:
        (error,) = answer["errors"]
        place = answer["data"]
        for step in error["path"]:
            place = place[step]
        assert place is None


def test_every_way_occurs() -> None:
    texts = [json.dumps(spoilt(seed)) for seed in range(200)]
    assert sum('"data": null' in text for text in texts) > 5
    assert sum('"path"' in text for text in texts) > 5
    assert sum('{"wrong": true}' in text for text in texts) > 5
    assert sum('"wrong"' in text and '{"wrong"' not in text for text in texts) > 5
    counts = {
        len(answer["data"]["_entities"])
        for seed in range(200)
        if (answer := spoilt(seed))["data"] and isinstance(answer["data"].get("_entities"), list)
    }
    assert counts == {1, 2, 3}


def test_what_a_custom_scalar_holds_is_left_alone() -> None:
    for seed in range(200):
        first = (spoilt(seed)["data"] or {}).get("_entities")
        if isinstance(first, list) and isinstance(first[0], dict) and first[0].get("json") is not None:
            assert first[0]["json"] == {"free": [1]}


def test_nothing_is_done_to_an_answer_without_data() -> None:
    assert spoil({"errors": [{"message": "no"}]}, Random(1)) == {"errors": [{"message": "no"}]}
