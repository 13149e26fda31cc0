"""Requests whose documents are small and that cost by what comes with them, or by what is asked twice.

Enters: nothing. Leaves: requests by name, for the graph of :mod:`bench.attacks.documents`. Invariant: each is within
the limit of a request's body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.attacks.documents import ATTACKS

_FILTERED: Final = "query($f: Filter) { nodes(filter: $f) { id } }"


@dataclass(frozen=True, slots=True)
class AttackRequest:
    """A document and its variables; ``settings`` are those of the pipeline, beside the defaults."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"text": "x"}
    for _ in range(levels):
        value = {"and": [value]}
    return value


REQUESTS: Final = {
    "a variable with 400,000 values": AttackRequest(_FILTERED, {"f": {"ids": ["1"] * 400_000}}),
    "a variable with 400,000 wrong values": AttackRequest(_FILTERED, {"f": {"ids": [{}] * 400_000}}),
    "a variable with 100,000 objects": AttackRequest(_FILTERED, {"f": {"and": [{"text": "x"}] * 100_000}}),
    "a variable with 200,000 unknown fields": AttackRequest(_FILTERED, {"f": {f"x{n}": 1 for n in range(200_000)}}),
    "a variable of 100 levels": AttackRequest(_FILTERED, {"f": _deep(100)}),
    "a variable of 100,000 levels": AttackRequest(_FILTERED, {"f": _deep(100_000)}),
    "a variable of 2 MB": AttackRequest(_FILTERED, {"f": {"text": "x" * 2_000_000}}),
    "200,000 variables that aren't declared": AttackRequest("{n{id}}", {f"x{n}": 1 for n in range(200_000)}),
    "480 objects, compiled": AttackRequest("{n{" + " ".join(f"a{n}:n{{id s}}" for n in range(480)) + "}}"),
    "90 levels of an interface, compiled": AttackRequest(
        "{n{" + "n{id s pet{id name ...on Dog{bark} ...on Cat{meow}}" * 90 + "}" * 90 + "}}"
    ),
    "100 conditions, compiled": AttackRequest(
        ATTACKS["100 conditions on fields of another service"], {f"c{n}": bool(n % 3) for n in range(100)}
    ),
    "introspection of fields of fields, where it is on": AttackRequest(
        ATTACKS["introspection of fields of fields"], {}, {"introspection": True}
    ),
    "introspection of 90 wrappers, where it is on": AttackRequest(
        "{__schema{types{fields{type{" + "ofType{" * 90 + "name" + "}" * 90 + "}}}}}", {}, {"introspection": True}
    ),
}
