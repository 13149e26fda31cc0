"""Header rules: which headers go from clients to subgraphs, and back.

Enters: settings, a client's headers. Leaves: headers by subgraph. Invariants: hop-by-hop headers, those that
Connection names and those that belong to the router's own requests never pass, whatever a rule says; nor does a value
with a line break.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from router.config.header_rules import HeaderRule, Headers, ResponseRule
from router.execution.context import Headers as HeaderList
from router.server.client_address import FORWARDED_FOR

#: RFC 9110, section 7.6.1, and what belongs to one message and not to the next.
NEVER_FORWARDED: Final = frozenset(
    {
        "accept", "accept-charset", "accept-encoding", "connection", "content-encoding", "content-length",
        "content-type", "expect", "host", "http2-settings", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "trailer", "trailers", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
#: What a subgraph's answer may not set in the router's own.
NEVER_RETURNED: Final = NEVER_FORWARDED | {
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "server",
    "date",
}
_BREAKS: Final = re.compile(r"[\r\n\x00]")

Received = Sequence[tuple[bytes, bytes]]


class RequestHeaderRules:
    """The rules for requests to subgraphs. ``forwarded`` are names that are passed on before any rule."""

    def __init__(self, headers: Headers, forwarded: Iterable[str] = ()) -> None:
        self._forwarded = tuple(name.lower() for name in forwarded)
        self._all = headers.all.request
        self._by_subgraph = {
            name: (*headers.all.request, *rules.request) for name, rules in headers.subgraphs.items() if rules.request
        }
        self._address_to_all = headers.all.client_address
        self._address_to = frozenset(name for name, rules in headers.subgraphs.items() if rules.client_address)
        self.wants_address = bool(self._address_to_all or self._address_to)
        self.active = bool(self._forwarded or self._all or self._by_subgraph or self.wants_address)

    def for_client(self, received: Received, address: str | None = None) -> Callable[[str], HeaderList]:
        """Return the function that gives a subgraph's headers for one client request (header names in lower case).

        ``address`` is the client's, for the subgraphs that are told.
        """
        client = _passable(received)
        known: dict[tuple[int, bool], tuple[tuple[str, str], ...]] = {}

        def headers_for(subgraph: str) -> HeaderList:
            rules = self._by_subgraph.get(subgraph, self._all)
            told = self.wants_address and (self._address_to_all or subgraph in self._address_to)
            key = (id(rules), told)
            found = known.get(key)
            if found is None:
                found = self._apply(rules, client)
                if told:
                    # Never beside a value from elsewhere, which the client may have written.
                    found = tuple(pair for pair in found if pair[0] != FORWARDED_FOR)
                    found += ((FORWARDED_FOR, address),) if address is not None else ()
                known[key] = found
            return found

        return headers_for

    def _apply(self, rules: Sequence[HeaderRule], client: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        headers = {name: client[name] for name in self._forwarded if name in client}
        for rule in rules:
            if rule.propagate is not None:
                named, rename = rule.propagate.named, rule.propagate.rename
                if named is not None:
                    value = client.get(named.lower(), rule.propagate.default)
                    if value is not None:
                        headers[(rename or named).lower()] = value
                else:
                    matching = re.compile(rule.propagate.matching or "", re.IGNORECASE)
                    headers.update({name: value for name, value in client.items() if matching.fullmatch(name)})
            elif rule.insert is not None:
                headers[rule.insert.name.lower()] = rule.insert.value
            elif rule.remove is not None:
                pattern = re.compile(rule.remove.matching or re.escape(rule.remove.named or ""), re.IGNORECASE)
                headers = {name: value for name, value in headers.items() if not pattern.fullmatch(name)}
        return tuple((name, value) for name, value in headers.items() if name not in NEVER_FORWARDED)


def _passable(received: Received) -> dict[str, str]:
    """Return the client's headers that may be passed on; repeated ones are joined (RFC 9110, section 5.3)."""
    client: dict[str, str] = {}
    for raw_name, raw_value in received:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if _BREAKS.search(value):
            continue
        client[name] = f"{client[name]}, {value}" if name in client else value
    for name in client.get("connection", "").split(","):
        client.pop(name.strip().lower(), None)
    return {name: value for name, value in client.items() if name not in NEVER_FORWARDED}


class ResponseHeaderRules:
    """The rules for headers of subgraphs' answers."""

    def __init__(self, headers: Headers) -> None:
        self._all = headers.all.response
        self._by_subgraph = {name: rules.response for name, rules in headers.subgraphs.items() if rules.response}
        self.active = bool(self._all or self._by_subgraph)

    def apply(self, answers: Iterable[tuple[str, Mapping[str, str]]]) -> tuple[tuple[bytes, bytes], ...]:
        """Return the headers for the client, from the subgraphs' answers in the order in which they came."""
        found: dict[str, str] = {}
        defaults: dict[str, str] = {}
        for subgraph, headers in answers:
            for rule in (*self._all, *self._by_subgraph.get(subgraph, ())):
                _propagate(rule, headers, found, defaults)
        return tuple(
            (name.encode(), value.encode("latin-1", "replace"))
            for name, value in {**defaults, **found}.items()
            if name not in NEVER_RETURNED and not _BREAKS.search(value)
        )


def _propagate(rule: ResponseRule, headers: Mapping[str, str], found: dict[str, str], defaults: dict[str, str]) -> None:
    named = rule.propagate.named
    if named is None:
        pattern = re.compile(rule.propagate.matching or "", re.IGNORECASE)
        found.update({name: value for name, value in headers.items() if pattern.fullmatch(name)})
        return
    target = (rule.propagate.rename or named).lower()
    value = headers.get(named.lower())
    if value is not None:
        found[target] = value
    elif rule.propagate.default is not None:
        defaults[target] = rule.propagate.default
