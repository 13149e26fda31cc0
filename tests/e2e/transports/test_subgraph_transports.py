"""Transports over real sockets: each fault of a subgraph as one script of what its server does with a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.execution.transport import SubgraphRequest, SubgraphTransport, TransportError
from router.execution.transports.guarded import GuardedTransport, GuardRules
from router.execution.transports.http1 import Http1Transport
from router.execution.transports.reqwest import ReqwestTransport
from tests.support.scripted_subgraph import GOOD, Server, certificate, ok, server_tls, serving
from tests.support.until import PATIENCE

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["http1", "reqwest"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[SubgraphTransport]:
    """As the router puts them together: who sends again is the guard before the transport."""
    made = {"http1": Http1Transport, "reqwest": ReqwestTransport}[request.param]()
    async with GuardedTransport(made, lambda _: GuardRules()) as guarded:
        yield guarded


def post(server: Server, **more: object) -> SubgraphRequest:
    values = {
        "kind": "query",
        "timeout": 5.0,
        "headers": (("content-type", "application/json"), ("x-mark", "1")),
        **more,
    }
    return SubgraphRequest(subgraph="a", url=server.url, body=b'{"query":"{x}"}', **values)  # type: ignore[arg-type]


async def test_a_request_and_its_answer(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read_request(reader)
            writer.write(ok(GOOD, b"X-Answer: yes"))

    async with serving(script) as server:
        first = await transport.send(post(server))
        await transport.send(post(server))
    assert (first.status, first.body, first.headers["x-answer"]) == (200, GOOD, "yes")
    assert server.requests == [b'{"query":"{x}"}'] * 2
    assert server.connections == 1  # kept alive
    assert server.heads[0].startswith(b"POST /graphql HTTP/1.1\r\n")
    assert b"x-mark: 1" in server.heads[0].lower()
    assert b"host: 127.0.0.1:" in server.heads[0].lower()


async def test_many_at_once(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            body = await server.read_request(reader)
            await asyncio.sleep(0.01)
            writer.write(ok(body))

    async with serving(script) as server:
        requests = [
            SubgraphRequest("a", server.url, b"%d" % number, (("content-type", "application/json"),))
            for number in range(100)
        ]
        answers = await asyncio.gather(*(transport.send(request) for request in requests))
    assert [answer.body for answer in answers] == [request.body for request in requests]


async def test_chunked_answers_and_other_statuses(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(b"HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in (b"one", b"two"):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(b"0\r\n\r\n")
        await reader.read()

    async with serving(script) as server:
        answer = await transport.send(post(server))
    assert (answer.status, answer.body) == (400, b"onetwo")


async def test_a_redirect_is_an_answer(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok(b"", b"location: " + server.url.encode(), status=b"307 Temporary Redirect"))
        await reader.read()

    async with serving(script) as server:
        answer = await transport.send(post(server))
    assert answer.status == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nshort", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nshort", "SUBREQUEST_MALFORMED_RESPONSE"),
    ],
)
async def test_an_answer_that_breaks_off(transport: SubgraphTransport, start: bytes, code: str) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(start)
        await writer.drain()

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server))
    assert caught.value.code == code
    assert len(server.requests) == 1  # a byte came, so nothing is repeated


@pytest.mark.parametrize(("kind", "sent"), [("query", 2), ("mutation", 1)])
async def test_a_connection_lost_before_a_byte_is_retried_for_queries_only(
    transport: SubgraphTransport, kind: str, sent: int
) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server, kind=kind))
    assert caught.value.code == "SUBREQUEST_HTTP_ERROR"
    assert len(server.requests) == sent


async def test_the_retry_can_succeed(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        if server.connections > 1:
            writer.write(ok())
            await reader.read()

    async with serving(script) as server:
        assert (await transport.send(post(server))).body == GOOD


async def test_a_stale_connection_is_not_an_error(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok())
        await writer.drain()

    async with serving(script) as server:
        for _ in range(3):
            assert (await transport.send(post(server, kind="query"))).body == GOOD


async def test_what_comes_after_an_answer_is_not_taken_for_the_next(transport: SubgraphTransport) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = server.connections
        while True:
            await server.read_request(reader)
            extra = ok(b"smuggled") if number == 1 else b""
            writer.write(ok(b"answer %d" % len(server.requests)) + extra)

    async with serving(script) as server:
        first = await transport.send(post(server))
        await asyncio.sleep(0.05)
        second = await transport.send(post(server))
    assert (first.body, second.body) == (b"answer 1", b"answer 2")


async def test_nobody_listens(transport: SubgraphTransport) -> None:
    async with serving(lambda *_: asyncio.sleep(0)) as server:
        pass
    with pytest.raises(TransportError) as caught:
        await transport.send(post(server))
    assert caught.value.code == "SUBREQUEST_HTTP_ERROR"
    assert not caught.value.sent


async def test_no_such_host(transport: SubgraphTransport) -> None:
    request = SubgraphRequest("a", "http://nowhere.invalid/graphql", b"{}", (), timeout=5.0)
    with pytest.raises(TransportError) as caught:
        await transport.send(request)
    assert caught.value.code == "SUBREQUEST_HTTP_ERROR"


async def test_an_address_that_is_none(transport: SubgraphTransport) -> None:
    with pytest.raises(TransportError):
        await transport.send(SubgraphRequest("a", "not an address", b"{}", ()))


@pytest.mark.parametrize("stage", ["silent", "after the head", "one byte at a time"])
async def test_the_timeout_covers_everything(transport: SubgraphTransport, stage: str) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        if stage != "silent":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
        while stage == "one byte at a time" and not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)
        await reader.read()

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            # All bytes would take minutes.
            await asyncio.wait_for(transport.send(post(server, timeout=0.3)), PATIENCE)
        await asyncio.wait_for(server.closed.wait(), PATIENCE)  # the call is given up, not only forgotten
    assert caught.value.code == "SUBREQUEST_TIMEOUT"
    assert len(server.requests) == 1


async def test_cancelling_ends_the_call() -> None:
    """pyreqwest lets a cancelled call run on until its time-out, so this is promised for HTTP/1.1 alone."""
    transport = Http1Transport()

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        await reader.read()

    async with serving(script) as server:
        call = asyncio.create_task(transport.send(post(server)))
        while not server.requests:  # noqa: ASYNC110 - the other side is a plain list
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(server.closed.wait(), PATIENCE)
    await transport.aclose()


@pytest.mark.parametrize("told", [True, False], ids=["announced", "not announced"])
async def test_a_large_answer_is_cut_off_as_it_arrives(transport: SubgraphTransport, told: bool) -> None:
    written = 0

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await server.read_request(reader)
        if told:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(1000):
            piece = b" " * 100_000
            writer.write(piece if told else b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            written += len(piece)

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server, max_response_bytes=300_000))
        await asyncio.wait_for(server.closed.wait(), PATIENCE)
    assert caught.value.code == "SUBREQUEST_TOO_LARGE"
    assert written < 20_000_000


async def test_compressed_answers_count_by_what_they_unfold_to(transport: SubgraphTransport) -> None:
    import gzip

    packed = gzip.compress(b" " * 5_000_000)

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read_request(reader)
            writer.write(ok(packed, b"content-encoding: gzip"))

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server, max_response_bytes=1_000_000))
        assert caught.value.code == "SUBREQUEST_TOO_LARGE"
        answer = await transport.send(post(server, max_response_bytes=6_000_000))
    assert len(answer.body) == 5_000_000


@pytest.mark.parametrize(
    "head", [b"garbage\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000]
)
async def test_an_answer_that_is_not_http(transport: SubgraphTransport, head: bytes) -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(head)
        await reader.read()

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server, timeout=2.0))
    assert caught.value.code in ("SUBREQUEST_HTTP_ERROR", "SUBREQUEST_MALFORMED_RESPONSE")


@pytest.mark.parametrize(
    ("name", "trusted", "works"), [("localhost", True, True), ("localhost", False, False), ("other.test", True, False)]
)
async def test_tls_is_verified(tmp_path: Path, name: str, trusted: bool, works: bool) -> None:
    public, private = certificate(name)

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok())
        await writer.drain()

    async with serving(script, tls=server_tls(tmp_path, public, private)) as server:
        request = SubgraphRequest("a", f"https://localhost:{server.port}/", b"{}", (), timeout=5.0)
        async with Http1Transport(ca_certificates=[public] if trusted else []) as transport:
            if works:
                assert (await transport.send(request)).body == GOOD
            else:
                with pytest.raises(TransportError) as caught:
                    await transport.send(request)
                assert not caught.value.sent
                assert not caught.value.repeatable
                reason = "self-signed certificate" if trusted is False else "Hostname mismatch"
                assert reason in str(caught.value)


@pytest.mark.parametrize("header", [("x", "a\r\nb: c"), ("x\n", "y"), ("", "y"), ("x", "a\0"), ("x", "\u20ac")])
async def test_headers_that_could_smuggle_are_refused(header: tuple[str, str]) -> None:
    async with Http1Transport() as transport:
        with pytest.raises(TransportError) as caught:
            await transport.send(SubgraphRequest("a", "http://127.0.0.1:9/", b"{}", (header,)))
    assert not caught.value.sent


async def test_headers_of_one_connection_are_the_clients_own() -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(ok())
        await writer.drain()

    async with serving(script) as server, Http1Transport() as transport:
        headers = (
            ("Connection", "close"),
            ("Transfer-Encoding", "chunked"),
            ("HOST", "evil.test"),
            ("content-length", "0"),
        )
        await transport.send(SubgraphRequest("a", server.url, b"{}", headers))
    head = server.heads[0].lower()
    assert b"evil" not in head
    assert b"chunked" not in head
    assert head.count(b"content-length") == 1


async def test_a_mutation_is_not_put_on_a_connection_that_may_be_stale() -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.read_request(reader)
            writer.write(ok())

    async with serving(script) as server, Http1Transport() as transport:
        await transport.send(post(server))
        (connection,) = (item for idle in transport._idle.values() for item in idle)
        connection.idle_since -= 5
        await transport.send(post(server, kind="mutation"))
        assert server.connections == 2
        await transport.send(post(server))
        assert server.connections == 2


async def test_closing_fails_what_is_under_way() -> None:
    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        await reader.read()

    async with serving(script) as server:
        transport = Http1Transport()
        call = asyncio.create_task(transport.send(post(server)))
        while not server.requests:  # noqa: ASYNC110 - the other side is a plain list
            await asyncio.sleep(0.01)
        await transport.aclose()
        with pytest.raises(TransportError):
            await call


async def test_the_retry_takes_a_fresh_connection_when_many_are_stale() -> None:
    """A server that restarts leaves every kept connection stale, and may tell only when it is asked."""
    stale = True

    async def script(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = server.connections
        while True:
            await server.read_request(reader)
            if stale or mine > 3:
                await asyncio.sleep(0.02)
                writer.write(ok())
            else:
                writer.transport.abort()
                return

    async with serving(script) as server, Http1Transport() as transport:
        await asyncio.gather(*(transport.send(post(server)) for _ in range(3)))
        assert server.connections == 3
        stale = False
        assert (await transport.send(post(server))).body == GOOD
        assert server.connections == 4
