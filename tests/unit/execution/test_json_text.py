"""JSON is written for all that a parser may have made."""

from __future__ import annotations

import json

import orjson
import pytest

from router.execution.json_text import canonical_json, encode_json


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "é"], "b": {}}, [], "x", 2**70, {"n": [2**70, {}]}])
def test_it_reads_back_the_same(value: object) -> None:
    assert json.loads(encode_json(value)) == value
    assert json.loads(canonical_json(value)) == value


def test_depth_is_no_limit() -> None:
    value: object = {"b": 1, "a": "x"}
    for _ in range(5_000):
        value = [value, 1]
    text = "[" * 5_000 + '{"b":1,"a":"x"}' + ",1]" * 5_000
    assert encode_json(value) == text.encode()
    assert canonical_json(value) == text.replace('"b":1,"a":"x"', '"a":"x","b":1')


def test_canonical_text_tells_kinds_of_values_apart() -> None:
    assert len({canonical_json(value) for value in (1, 1.0, True, "1")}) == 4
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})


def test_a_lone_surrogate_is_replaced() -> None:
    assert orjson.loads(encode_json("\ud800")) == "?"
