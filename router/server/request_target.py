"""What a request is for: its target and its Host header (RFC 9112, section 3.2).

Enters: bytes as the parser found them. Leaves: path, query string and host. Invariant: what two servers could read in
two ways is refused.
"""

from __future__ import annotations

import re
from typing import Any, Final

from httptools import HttpParserInvalidURLError, parse_url

_HOST: Final = re.compile(rb"(?:\[[0-9A-Za-z:.~_-]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?")
_HASH: Final = ord("#")
_SCHEMES: Final = frozenset({b"http", b"https"})


class BadTarget(ValueError):
    """The target isn't one that this server can be asked for."""


def is_host(value: bytes) -> bool:
    """Whether a Host header has the right form; an empty one has."""
    return _HOST.fullmatch(value) is not None


def read_target(method: bytes, target: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Return path, query string, and the host that stands in place of the Host header, if there is one.

    Raises :class:`BadTarget`.
    """
    if _HASH in target:
        raise BadTarget
    if target.startswith(b"/"):
        path, _, query = target.partition(b"?")
        return path, query, None
    if target == b"*" and method == b"OPTIONS":
        return target, b"", None
    try:
        parts: Any = parse_url(target)
    except HttpParserInvalidURLError as error:
        raise BadTarget from error
    if parts.schema is None or parts.schema.lower() not in _SCHEMES or not parts.host or parts.userinfo is not None:
        raise BadTarget
    host = b"[%b]" % parts.host if b":" in parts.host else parts.host
    return parts.path or b"/", parts.query or b"", host if parts.port is None else b"%b:%d" % (host, parts.port)
