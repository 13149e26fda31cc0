"""The client's address: what proxies of one's own say is believed, what a client says is not."""

from ipaddress import ip_network
from typing import Any

import pytest

from router.server.client_address import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.1", [], "203.0.113.1"),
        ("203.0.113.1", ["198.51.100.1"], "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.1", "198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::1", ["2001:DB8::1"], "2001:db8::1"),
        ("10.0.0.1", ["10.0.0.2"], None),
        ("10.0.0.1", [], None),
        ("10.0.0.1", ["198.51.100.1, unknown"], None),
        ("10.0.0.1", ["198.51.100.1, "], None),
        (None, ["198.51.100.1"], None),
        ("a-socket", ["198.51.100.1"], None),
        ("10.0.0.1", [", ".join(["198.51.100.1"] + ["10.0.0.3"] * 20)], None),
    ],
)
def test_the_nearest_address_that_is_not_a_proxy(peer: str | None, forwarded: list[str], expected: str | None) -> None:
    assert client_address(scope(peer, *forwarded), TRUSTED) == expected


def test_without_trusted_proxies_it_is_the_peer() -> None:
    assert client_address(scope("203.0.113.1", "198.51.100.1"), ()) == "203.0.113.1"
    assert client_address(scope("a-socket"), ()) is None
