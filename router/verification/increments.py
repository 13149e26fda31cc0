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
            _merge(place, part["data"] or {})
            errors.extend(part.get("errors", ()))
    return {"data": data, "errors": errors} if errors else {"data": data}


def _merge(into: Any, value: Any) -> None:
    for key, item in value.items():
        old = into.get(key)
        if isinstance(old, dict) and isinstance(item, dict):
            _merge(old, item)
        elif isinstance(old, list) and isinstance(item, list):
            for left, right in zip(old, item, strict=True):
                if isinstance(left, dict) and isinstance(right, dict):
                    _merge(left, right)
        else:
            into[key] = item
