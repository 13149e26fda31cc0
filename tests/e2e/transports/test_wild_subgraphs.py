"""Subgraphs that speak HTTP wrongly or with ill will, over real sockets: what the own HTTP/1.1 client makes of it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.transports import connecting
from router.execution.transports.http1 import Http1Transport
from tests.support.scripted_subgraph import GOOD, Server, ok, serving

pytestmark = pytest.mark.e2e

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
Script = Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def request(server: Server, **more: object) -> SubgraphRequest:
    values = {"body": b"{}", "timeout": 5.0, **more}
    return SubgraphRequest(subgraph="a", url=server.url, headers=(), **values)  # type: ignore[arg-type]


def always(raw: bytes, *, close: bool = False) -> Script:
    """Answer every request with these bytes."""

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read_request(reader)
            writer.write(raw)
            await writer.drain()
            if close:
                return

    return script


async def outcome(script: Script, **more: object) -> tuple[SubgraphResponse | TransportError, bool]:
    """What comes of one request, and whether its connection is kept."""
    async with serving(script) as server, Http1Transport() as transport:
        try:
            found: SubgraphResponse | TransportError = await transport.send(request(server, **more))
        except TransportError as error:
            found = error
        kept = any(connection.usable for idle in transport._idle.values() for connection in idle)
        assert kept or not transport._idle
        return found, kept


#: Whose body is taken for what depends on who reads it: nobody may guess.
SMUGGLED = {
    "length and chunks": HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and length": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
    "one length twice": HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    "lengths in a list": HEAD + b"content-length: 2, 2\r\n\r\n{}",
    "a length with a sign": HEAD + b"content-length: +2\r\n\r\n{}",
    "a length beyond all bounds": HEAD + b"content-length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "packed, then chunks": HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks, then packed": HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "nearly chunks": HEAD + b"transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks twice": HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "the identity": HEAD + b"transfer-encoding: identity\r\n\r\n{}",
    "a space before the colon": HEAD + b"content-length : 2\r\n\r\n{}",
    "a folded header": HEAD + b"x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}",
    "bare line feeds": b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
    "bare line feeds at chunks": CHUNKED + b"2\n{}\n0\n\n",
    "a line feed that ends an extension": CHUNKED + b"2;a\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"2\r\n{}{}\r\n0\r\n\r\n",
    "a chunk's size beyond all bounds": CHUNKED + b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a NUL in a header": HEAD + b"x: a\0b\r\ncontent-length: 2\r\n\r\n{}",
    "a carriage return in a header": HEAD + b"x: a\rb\r\ncontent-length: 2\r\n\r\n{}",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n" + ok(b"{}"),
    "a body of an interim answer": b"HTTP/1.1 100 Continue\r\ncontent-length: 2\r\n\r\n{}" + ok(b"{}"),
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_an_answer_that_could_be_read_in_two_ways_is_refused_at_once(name: str) -> None:
    # Not after the time-out, which would have another code.
    found, kept = await outcome(always(SMUGGLED[name]))
    assert isinstance(found, TransportError)
    assert found.code == "SUBREQUEST_MALFORMED_RESPONSE"
    assert not kept


@pytest.mark.parametrize(
    ("raw", "status", "body", "kept"),
    [
        (CHUNKED + b'2;a=b;c="d"\r\n{}\r\n0;x\r\n\r\n', 200, b"{}", True),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + ok(b"{}"),
            200,
            b"{}",
            True,
        ),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
        (HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}", 204, b"", False),
        (ok(b"{}") + b"more", 200, b"{}", False),
        (ok(b"{}") + ok(b"smuggled"), 200, b"{}", False),
    ],
)
async def test_what_is_allowed(raw: bytes, status: int, body: bytes, kept: bool) -> None:
    found, was_kept = await outcome(always(raw))
    assert isinstance(found, SubgraphResponse)
    assert (found.status, found.body, was_kept) == (status, body, kept)
    assert "link" not in found.headers


async def test_trailers_are_no_headers() -> None:
    found, kept = await outcome(always(CHUNKED + b"2\r\n{}\r\n0\r\nset-cookie: a=b\r\n\r\n"))
    assert isinstance(found, SubgraphResponse)
    assert dict(found.headers) == {"transfer-encoding": "chunked"}
    assert kept


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (HEAD, b"x: " + b"a" * 1000 + b"\r\n"),
        (HEAD + b"x: ", b"a" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\nx: " + b"a" * 1000 + b"\r\n\r\n"),
        (CHUNKED + b"2;", b"a" * 1000),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: " + b"a" * 1000 + b"\r\n"),
        (CHUNKED + b"2\r\n{}\r\n0\r\nx: ", b"a" * 1000),
        (b"", b"\r\n" * 500),
    ],
    ids=["headers", "one header", "interim answers", "a chunk's extension", "trailers", "one trailer", "empty lines"],
)
async def test_what_is_no_body_is_bounded(start: bytes, piece: bytes) -> None:
    sent = 0

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await server.read_request(reader)
        writer.write(start)
        for _ in range(20_000):
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    found, _ = await outcome(script)
    assert isinstance(found, TransportError)
    assert found.code == "SUBREQUEST_MALFORMED_RESPONSE"
    assert sent < 15_000_000


async def test_small_chunks_are_no_abuse() -> None:
    body = b"".join(b"1\r\n%b\r\n" % bytes([byte]) for byte in b"x" * 200_000)
    found, kept = await outcome(always(CHUNKED + body + b"0\r\n\r\n"))
    assert isinstance(found, SubgraphResponse)
    assert (len(found.body), kept) == (200_000, True)


def gzipped(data: bytes) -> bytes:
    # Without the time of day: all processes that run tests must know them by the same names.
    return gzip.compress(data, mtime=0)


def bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


@pytest.mark.parametrize(
    ("coding", "packed", "body"),
    [
        (b"gzip", gzipped(GOOD), GOOD),
        (b"GZIP", gzipped(GOOD), GOOD),
        (b"x-gzip", gzipped(GOOD), GOOD),
        (b"gzip", gzipped(GOOD[:4]) + gzipped(GOOD[4:]), GOOD),
        (b"gzip", gzipped(GOOD) + b"\0" * 100, GOOD),
        (b"gzip", b"", b""),
        (b"deflate", zlib.compress(GOOD), GOOD),
        (b"deflate", bare_deflate(GOOD), GOOD),
        (b"identity", GOOD, GOOD),
        (b"gzip", gzipped(GOOD) + b"junk", None),
        (b"gzip", gzipped(GOOD)[:-4], None),
        (b"gzip", gzipped(GOOD) + gzipped(GOOD)[:-4], None),
        (b"gzip", GOOD, None),
        (b"deflate", zlib.compress(GOOD) + b"junk", None),
        (b"deflate", gzipped(GOOD), None),
        (b"br", b"\x8b\x02\x80{}\x03", None),
        (b"gzip, gzip", gzipped(gzipped(GOOD)), None),
        (b"gzip\r\ncontent-encoding: gzip", gzipped(gzipped(GOOD)), None),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
async def test_packed_answers(coding: bytes, packed: bytes, body: bytes | None, size: int) -> None:
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(packed[at : at + size]), packed[at : at + size]) for at in range(0, len(packed), size)
    )
    raw = HEAD + b"content-encoding: " + coding + b"\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    found, _ = await outcome(always(raw))
    if body is None:
        assert isinstance(found, TransportError)
        assert found.code == "SUBREQUEST_MALFORMED_RESPONSE"
    else:
        assert isinstance(found, SubgraphResponse)
        assert found.body == body


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (b"gzip", gzipped(b" " * 50_000_000)),
        (b"gzip", gzipped(b" " * 60_000) * 100),
        (b"gzip", gzipped(b"") * 10_000),
        (b"deflate", zlib.compress(b" " * 50_000_000)),
        (b"deflate", bare_deflate(b" " * 50_000_000)),
    ],
    ids=["gzip", "many parts", "parts of nothing", "deflate", "bare deflate"],
)
async def test_bombs_are_cut_off(coding: bytes, packed: bytes) -> None:
    raw = HEAD + b"content-encoding: " + coding + b"\r\nconnection: close\r\n\r\n" + packed
    start = time.process_time()
    found, _ = await outcome(always(raw, close=True), max_response_bytes=100_000)
    assert isinstance(found, TransportError)
    assert found.code == "SUBREQUEST_TOO_LARGE"
    assert time.process_time() - start < 1


async def test_a_kept_connection_that_closes_as_a_mutation_is_sent_costs_the_mutation() -> None:
    """Whether the subgraph has run it nobody can know, so it isn't sent again."""

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok())
        await server.read_request(reader)

    for kind, sent in (("query", 3), ("mutation", 2)):
        async with serving(script) as server, Http1Transport() as transport:
            await transport.send(request(server))
            if kind == "mutation":
                with pytest.raises(TransportError) as caught:
                    await transport.send(request(server, kind=kind))
                assert caught.value.repeatable
            else:
                assert (await transport.send(request(server, kind=kind))).resends == 1
            assert len(server.requests) == sent


async def test_a_query_is_not_sent_again_once_something_of_an_answer_came() -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok())
        await server.read_request(reader)
        writer.write(b"H")
        await writer.drain()

    async with serving(script) as server, Http1Transport() as transport:
        await transport.send(request(server))
        with pytest.raises(TransportError) as caught:
            await transport.send(request(server))
        assert caught.value.code == "SUBREQUEST_MALFORMED_RESPONSE"
        assert not caught.value.repeatable
        assert len(server.requests) == 2


async def test_connections_that_a_rush_left_over_are_closed() -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read_request(reader)
            await asyncio.sleep(0.02)
            writer.write(ok())

    async with serving(script) as server, Http1Transport(idle_timeout=30.0) as transport:
        await asyncio.gather(*(transport.send(request(server)) for _ in range(5)))
        (idle,) = transport._idle.values()
        assert (server.connections, len(idle)) == (5, 5)
        for connection in list(idle)[:4]:
            connection.idle_since -= 31.0
        for left in (4, 3, 2, 1, 1):
            await transport.send(request(server))
            assert len(idle) == left
        assert server.connections == 5
        await asyncio.sleep(0.05)
        assert len(transport._all) == 1


@pytest.mark.parametrize("closes", [True, False])
async def test_an_answer_before_the_request_was_sent_ends_the_connection(closes: bool) -> None:
    """What is left of the request would pass for the next one."""

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ok(b"too large", b"connection: close" if closes else b"x: y", status=b"413 Content Too Large"))
        await writer.drain()
        # Nothing more is read for a while, so that the request doesn't fit into the system's buffers.
        await asyncio.sleep(0.3)

    found, kept = await outcome(script, body=b"x" * 20_000_000)
    assert isinstance(found, SubgraphResponse)
    assert (found.status, found.body, kept) == (413, b"too large", False)


async def test_an_address_of_version_6() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        async with serving(always(ok()), host="::1") as server, Http1Transport() as transport:
            assert (await transport.send(request(server))).body == GOOD
            assert b"host: [::1]:%d" % server.port in server.heads[0]
    except OSError:
        pytest.skip("this machine has no IPv6")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Have a name lead to these addresses, in this order."""
    loop = asyncio.get_running_loop()
    resolves = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **more: Any) -> Any:
        if host != "subgraph.test":
            return await resolves(host, port, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in hosts]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)


async def test_an_address_that_refuses_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(always(ok())) as server, Http1Transport() as transport:
        resolve_to(monkeypatch, "127.0.0.9", "127.0.0.8", "127.0.0.1")
        server.url = f"http://subgraph.test:{server.port}/"
        assert (await transport.send(request(server))).body == GOOD


async def test_an_address_that_is_silent_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up: list[str] = []
    connects = connecting._connect_to

    async def connect_to(loop: asyncio.AbstractEventLoop, address: connecting.Address) -> socket.socket:
        if address[1][0] == "192.0.2.1":
            try:
                await asyncio.Event().wait()
            finally:
                given_up.append("192.0.2.1")
        return await connects(loop, address)

    monkeypatch.setattr(connecting, "_connect_to", connect_to)
    async with serving(always(ok())) as server, Http1Transport() as transport:
        resolve_to(monkeypatch, "192.0.2.1", "127.0.0.1")
        start = time.monotonic()
        server.url = f"http://subgraph.test:{server.port}/"
        assert (await transport.send(request(server))).body == GOOD
        assert time.monotonic() - start > connecting.STAGGER - 0.05
        assert given_up == ["192.0.2.1"]


async def test_where_all_refuse_the_first_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(always(ok())) as server, Http1Transport() as transport:
        resolve_to(monkeypatch, "127.0.0.9", "127.0.0.8")
        server.url = f"http://subgraph.test:{server.port}/"
        with pytest.raises(TransportError) as caught:
            await transport.send(request(server))
        assert "refused" in str(caught.value)
        assert caught.value.repeatable


async def test_several_connections_at_once_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "STAGGER", 0.0)
    made: list[socket.socket] = []
    connects = connecting._connect_to

    async def connect_to(loop: asyncio.AbstractEventLoop, address: connecting.Address) -> socket.socket:
        connected = await connects(loop, address)
        made.append(connected)
        try:
            await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            connected.close()
            raise
        return connected

    monkeypatch.setattr(connecting, "_connect_to", connect_to)
    async with serving(always(ok()), host="127.0.0.1") as server, Http1Transport() as transport:
        resolve_to(monkeypatch, "127.0.0.1", "127.0.0.1", "127.0.0.1")
        server.url = f"http://subgraph.test:{server.port}/"
        await transport.send(request(server))
        assert len(made) > 1
        assert sum(item.fileno() != -1 for item in made) <= 1
