"""Errors of an answer, and what of them a client sees.

Enters: what went wrong in a subgraph, on the way to it, or in projection. Leaves: entries of ``errors`` in a GraphQL
response. Invariant: a path is in the client's terms, and a subgraph's own words pass only where a policy lets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

ClientPath = tuple[str | int, ...]

#: Errors that are kept of one response, and of one subgraph's answer, while it is made. One entity's error stands at
#: every place of it, so that without a bound a small answer could become a large one.
MAX_KEPT: Final = 10_000
#: Errors that a client is told.
MAX_TOLD: Final = 1_000

REDACTED: Final = "The subgraph that fills this field answered with an error."

_OWN_MESSAGES: Final = {
    "SUBREQUEST_HTTP_ERROR": "The subgraph that fills this field could not be reached.",
    "SUBREQUEST_TIMEOUT": "The subgraph that fills this field did not answer in time.",
    "SUBREQUEST_MALFORMED_RESPONSE": "The subgraph that fills this field gave an answer that cannot be used.",
    "SUBREQUEST_TOO_LARGE": "The subgraph that fills this field gave an answer that is too large.",
    "SUBREQUEST_HELD_BACK": "The subgraph that fills this field failed too often, and is left alone for a while.",
}
#: What of the router's own words passes always: the code, and after how many seconds it is worth to ask again.
_OWN_EXTENSIONS: Final = frozenset({"code", "retryAfter"})


@dataclass(frozen=True, slots=True)
class ResponseError:
    """One entry of ``errors``.

    ``service`` names the subgraph that it came from, ``None`` for the router's own. ``own`` tells that the message and
    the code are the router's words about that subgraph (unreachable, malformed), not the subgraph's. ``origin`` is the
    error that was put at this path, where it was told without one.

    With ``about_value`` the error says that a value isn't what the API schema allows; ``giver`` then names the subgraph
    that it came from, where that is known.
    """

    message: str
    path: ClientPath | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    service: str | None = None
    own: bool = True
    origin: ResponseError | None = field(default=None, repr=False, compare=False)
    about_value: bool = False
    giver: str | None = None

    def at(self, path: ClientPath | None) -> ResponseError:
        """Return the same error at another path, or without one."""
        return replace(self, path=path, origin=self.origin or self)


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """What passes of a subgraph's errors: the ``message``, and which keys of ``extensions`` (``None``: all)."""

    message: bool = False
    extensions: frozenset[str] | None = frozenset()


FULL_ERRORS: Final = ErrorPolicy(message=True, extensions=None)


def format_errors(errors: Iterable[ResponseError], policies: Mapping[str, ErrorPolicy]) -> list[dict[str, Any]]:
    """Turn errors into JSON-like entries, each different one once; ``policies[""]`` is for unnamed subgraphs.

    After :data:`MAX_TOLD` of them one more says that there are others.
    """
    entries = list(islice(_unique(format_error(error, policies) for error in errors), MAX_TOLD + 1))
    if len(entries) > MAX_TOLD:
        entries[MAX_TOLD] = {"message": "There are more errors than are told.", "extensions": {"code": "MORE_ERRORS"}}
    return entries


def format_error(error: ResponseError, policies: Mapping[str, ErrorPolicy]) -> dict[str, Any]:
    """Turn one error into a JSON-like entry, masked by the policy of its subgraph."""
    entry: dict[str, Any] = {"message": error.message}
    if error.path is not None:
        entry["path"] = list(error.path)
    extensions = dict(error.extensions)
    if error.giver is not None and _policy_of(error.giver, policies).extensions is None:
        extensions["service"] = error.giver
    if error.service is not None:
        policy = _policy_of(error.service, policies)
        # What the router says of a subgraph names it and how it fails: shown only where everything is.
        if not policy.message or (error.own and policy.extensions is not None):
            code = str(extensions.get("code", ""))
            entry["message"] = _OWN_MESSAGES.get(code, REDACTED) if error.own else REDACTED
        if policy.extensions is None:
            extensions["service"] = error.service
        elif error.own:
            extensions = {key: value for key, value in extensions.items() if key in _OWN_EXTENSIONS}
        else:
            extensions = {key: value for key, value in extensions.items() if key in policy.extensions}
        extensions.setdefault("code", "DOWNSTREAM_SERVICE_ERROR")
    if extensions:
        entry["extensions"] = extensions
    return entry


def _policy_of(service: str, policies: Mapping[str, ErrorPolicy]) -> ErrorPolicy:
    return policies.get(service) or policies.get("") or ErrorPolicy()


def _unique(entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        key = (entry["message"], repr(entry.get("path")))
        if key not in seen:
            seen.add(key)
            yield entry


class PathIndex:
    """Where errors were reported: tells whether a null at a path is explained by one at, above or below it."""

    def __init__(self) -> None:
        self._exact: set[ClientPath] = set()
        self._prefixes: set[ClientPath] = set()

    def add(self, path: ClientPath) -> None:
        """Note an error at ``path``."""
        if path not in self._exact:
            self._exact.add(path)
            for length in range(len(path) + 1):
                self._prefixes.add(path[:length])

    def explains(self, path: ClientPath) -> bool:
        """Tell whether some error is at ``path``, below it, or above it."""
        if not self._exact:
            return False
        return path in self._prefixes or any(path[:length] in self._exact for length in range(len(path)))
