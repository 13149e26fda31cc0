"""Payloads of an incremental answer -> the one answer that they come to.

Enters: the payloads of ``@defer`` in the order of arrival. Leaves: ``data`` and ``errors`` as one response has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def join_increments(payloads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge every deferred part into the first payload's data, and gather all errors."""
    data = json.loads(json.dumps(payloads[0].get("data")))
    errors = list(payloads[0].get("errors", ()))
    for payload in payloads[1:]:
        for part in payload.get("incremental", ()):
            place = data
            for step in part["path"]:
                place = place[step]
            # Later parts may be merged into this one, which is still the payload that it was.
            _merge(place, json.loads(json.dumps(part["data"] or {})))
            errors.extend(part.get("errors", ()))
    return {"data": data, "errors": errors} if errors else {"data": data}


def failed_parts(payloads: Sequence[Mapping[str, Any]]) -> list[tuple[str | int, ...]]:
    """Return the places of deferred parts that have no data."""
    parts = (part for payload in payloads for part in payload.get("incremental", ()))
    return [tuple(part["path"]) for part in parts if part["data"] is None]


def _merge(into: Any, value: Any) -> Any:
    """Merge objects and lists, of any depth, into what stands there; return what stands there then."""
    if isinstance(into, dict) and isinstance(value, dict):
        for key, item in value.items():
            into[key] = _merge(into[key], item) if key in into else item
        return into
    if isinstance(into, list) and isinstance(value, list):
        into[:] = [_merge(left, right) for left, right in zip(into, value, strict=True)]
        return into
    return value
