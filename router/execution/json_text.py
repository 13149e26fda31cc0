"""JSON-like values -> their text, however large their numbers and however deep their lists.

Enters: what a JSON parser made. Leaves: JSON (RFC 8259). Invariant: nesting never raises ``RecursionError``; custom
scalars may be nested as deeply as a subgraph likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson


def encode_json(value: Any) -> bytes:
    """Write JSON. Raises ``TypeError`` or ``ValueError`` for what isn't JSON-like."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Integers beyond 64 bits, lone surrogates and what is very deep.
        return _write(value, sort=False).encode(errors="replace")


def canonical_json(value: Any) -> str:
    """Return a text that is equal for equal values, and different for ``1``, ``1.0``, ``true`` and ``"1"``."""
    return _write(value, sort=True)


def _write(value: Any, *, sort: bool) -> str:
    try:
        return _written(value, sort)
    except RecursionError:
        return "".join(_pieces(value, sort))


def _written(value: Any, sort: bool) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=sort)


class _Piece(str):
    """Text that is JSON already."""


def _pieces(value: Any, sort: bool) -> Iterator[str]:
    """Yield the pieces of the text, without recursion."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Piece):
            yield item
        elif isinstance(item, Mapping):
            yield "{"
            waiting.append(_Piece("}"))
            entries = list(enumerate(sorted(item.items()) if sort else item.items()))
            for number, (name, inner) in reversed(entries):
                waiting += (inner, _Piece(f"{',' if number else ''}{_written(name, sort)}:"))
        elif isinstance(item, list | tuple):
            yield "["
            waiting.append(_Piece("]"))
            for number, inner in reversed(list(enumerate(item))):
                waiting += (inner, _Piece("," if number else ""))
        else:
            yield _written(item, sort)
