"""Comparing a federated answer with the monolith's.

Without injected faults both must be equal byte for byte, order of keys included, with errors at the same paths. With
faults the federated answer may have more nulls (a failing field can take its fetch along), each covered by an error
whose path is a prefix of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """Paths that account for differences.

    Those of the router's errors; those of the monolith's, whose nulls may go up less far in an answer that came in
    parts; and the places of parts that failed as a whole.
    """

    errors: Sequence[Path]
    nulls: Sequence[Path] = ()
    failed: Sequence[Path] = ()


def compare_answers(
    expected: Mapping[str, Any], actual: Mapping[str, Any], *, faults: bool, failed: Sequence[Path] | None = None
) -> list[str]:
    """Return what is different, in words; empty where the answers agree.

    ``failed`` is there for an answer that was put together from increments, which may bring fields in another order,
    and in which a null that goes up ends at the part that it came with: the places of parts without any data.
    """
    if failed is not None:
        expected, actual = _sorted(expected), _sorted(actual)
    if not faults:
        return _compare_exactly(expected, actual)
    told = _Told(_paths(actual)) if failed is None else _Told(_paths(actual), _paths(expected), failed)
    problems = list(_compare_covered(expected.get("data"), actual.get("data"), (), told))
    if expected.get("errors") and not actual.get("errors"):
        problems.append("the monolith has errors, the router none")
    return problems


def _paths(answer: Mapping[str, Any]) -> list[Path]:
    return [tuple(error.get("path") or ()) for error in answer.get("errors", ())]


def _sorted(value: Any) -> Any:
    """A copy of an answer in which objects have their keys in order."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def _compare_exactly(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    same_data = orjson.dumps(expected.get("data")) == orjson.dumps(actual.get("data"))
    if same_data and _error_paths(expected) == _error_paths(actual):
        return []
    return [
        f"expected {orjson.dumps(expected.get('data')).decode()}, errors at {_error_paths(expected)}",
        f"got      {orjson.dumps(actual.get('data')).decode()}",
        *(f"error    {error.get('message')} at {error.get('path')}" for error in actual.get("errors", ())),
    ]


def _error_paths(answer: Mapping[str, Any]) -> list[str]:
    return sorted({orjson.dumps(error.get("path")).decode() for error in answer.get("errors", ())})


def _compare_covered(expected: Any, actual: Any, path: Path, told: _Told) -> list[str]:
    if actual is not None and expected is None and any(path == error[: len(path)] for error in told.nulls):
        return []
    if actual is None and expected is not None:
        # An error at the null, above it, or below it (a null that propagated up) accounts for it.
        covered = any(path[: len(error)] == error or error[: len(path)] == path for error in told.errors)
        return [] if covered else [f"null without an error at {path}: expected {expected!r}"]
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        if any(path[: len(place)] == place for place in told.failed):
            expected = {key: value for key, value in expected.items() if key in actual}
        if list(expected) != list(actual):
            return [f"other fields at {path}: expected {list(expected)}, got {list(actual)}"]
        return [
            problem for key in expected for problem in _compare_covered(expected[key], actual[key], (*path, key), told)
        ]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [
            problem
            for number, (left, right) in enumerate(zip(expected, actual, strict=True))
            for problem in _compare_covered(left, right, (*path, number), told)
        ]
    if orjson.dumps(expected) == orjson.dumps(actual):
        return []
    return [f"other value at {path}: expected {expected!r}, got {actual!r}"]
