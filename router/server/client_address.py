"""Which address a client has, where proxies stand in between.

Enters: the peer's address, the client's ``X-Forwarded-For``, the networks of one's own proxies. Leaves: one address, or
``None``. Invariant: only what a trusted proxy added is believed, so a client can't choose its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from router.server.asgi import Scope

Network = IPv4Network | IPv6Network
FORWARDED_FOR: Final = "x-forwarded-for"
#: Hops that are looked at, from the nearest on.
MOST_HOPS: Final = 10


def client_address(scope: Scope, trusted: Sequence[Network]) -> str | None:
    """Return the nearest address that isn't one of the trusted proxies; ``None`` where none is known.

    A hop that isn't an address ends the search, since nothing behind it can be believed.
    """
    peer = (scope.get("client") or ("", 0))[0]
    if not trusted:
        return peer if _parse(peer) is not None else None
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == FORWARDED_FOR.encode()]
    hops = [hop.strip() for hop in ",".join(values).split(",")] if values else []
    for hop in (peer, *reversed(hops[-MOST_HOPS:])):
        address = _parse(hop)
        if address is None:
            return None
        if not any(address in network for network in trusted):
            return str(address)
    return None


@lru_cache(maxsize=1024)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A listener on all addresses sees IPv4 peers in this form.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
