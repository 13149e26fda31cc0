"""What is a request, and where it ends: the verdicts of RFC 9110 and 9112, one by one."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

import pytest
from uvicorn.server import ServerState

from router.server.exchange import Exchange
from router.server.open_files import most_connections, raise_bound
from tests.support.client_connection import Socket, answer, connect, read, turns

HOST = b"host: x\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
GET = b"GET / HTTP/1.1\r\n" + HOST
CHUNKS = b"transfer-encoding: chunked\r\n\r\n"


class Asked:
    """An application that keeps what it was asked."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        try:
            self.bodies.append(await read(receive))
        except ConnectionAbortedError:
            return
        await answer(send, b"done")


async def ask(sent: bytes) -> tuple[bytes, Asked, Socket]:
    """The status of the first answer, what the application was asked, and the socket."""
    asked = Asked()
    protocol, socket = connect(asked)
    protocol.data_received(sent)
    await turns(30)
    return socket.written[9:12], asked, socket


#: By section of RFC 9112, unless another one is named.
REFUSED = {
    "3.2 no Host": (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    "3.2 two Hosts": (GET + b"host: y\r\n\r\n", b"400"),
    "3.2 the same Host twice": (GET + HOST + b"\r\n", b"400"),
    "3.2 two Hosts, HTTP/1.0": (b"GET / HTTP/1.0\r\nhost: x\r\nhost: y\r\n\r\n", b"400"),
    "3.2 a Host with a path": (b"GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", b"400"),
    "3.2 a Host with a user": (b"GET / HTTP/1.1\r\nhost: a@b\r\n\r\n", b"400"),
    "3.2 Hosts in a list": (b"GET / HTTP/1.1\r\nhost: a, b c\r\n\r\n", b"400"),
    "3.2 a Host with a port that is none": (b"GET / HTTP/1.1\r\nhost: a:http\r\n\r\n", b"400"),
    "3.2 a fragment": (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2 a fragment behind a query": (b"GET /a?b#c HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2 a blank in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2 a relative target": (b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2.2 another scheme": (b"GET ftp://y/ HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "9110 4.2.4 a user in the target": (b"GET http://u:p@y/ HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2.3 a tunnel": (b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.2.4 an asterisk": (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "2.3 HTTP/0.9": (b"GET /\r\n\r\n", b"505"),
    "2.3 HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", b"505"),
    "2.3 HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", b"400"),
    "2.3 small letters": (b"GET / http/1.1\r\n" + HOST + b"\r\n", b"400"),
    "3.1 a method in small letters": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
    "5.1 a blank before the colon": (POST + b"content-length : 2\r\n\r\n{}", b"400"),
    "5.1 a blank before the colon, chunks": (POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", b"400"),
    "5.1 a header without a name": (GET + b": a\r\n\r\n", b"400"),
    "5.1 a name that is no token": (GET + b"a(b: c\r\n\r\n", b"400"),
    "5.1 no colon": (GET + b"abc\r\n\r\n", b"400"),
    "5.2 a folded header": (GET + b"a: b\r\n c\r\n\r\n", b"400"),
    "5.2 folded chunks": (POST + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n", b"400"),
    "2.2 a blank before the first header": (b"GET / HTTP/1.1\r\n host: x\r\n\r\n", b"400"),
    "2.2 bare line feeds": (b"GET / HTTP/1.1\nhost: x\n\n", b"400"),
    "2.2 one bare line feed": (b"GET / HTTP/1.1\r\nhost: x\ny: z\r\n\r\n", b"400"),
    "2.2 a bare line feed at the end": (GET + b"\n", b"400"),
    "2.2 a bare carriage return": (b"GET / HTTP/1.1\r\nhost: x\ry: z\r\n\r\n", b"400"),
    "9110 5.5 a control character": (GET + b"a: \x01\r\n\r\n", b"400"),
    "9110 5.5 a NUL": (GET + b"a: \x00\r\n\r\n", b"400"),
    "6.1 length and chunks": (POST + b"content-length: 6\r\n" + CHUNKS + b"0\r\n\r\n", b"400"),
    "6.1 chunks and length": (POST + b"transfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n", b"400"),
    "6.1 packed, then chunks": (POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
    "6.1 nothing, then chunks": (POST + b"transfer-encoding: identity, chunked\r\n\r\n0\r\n\r\n", b"501"),
    "6.1 nothing": (POST + b"transfer-encoding: identity\r\n\r\n0\r\n\r\n", b"501"),
    "6.1 nearly chunks": (POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", b"501"),
    "6.1 chunks in quotes": (POST + b'transfer-encoding: "chunked"\r\n\r\n0\r\n\r\n', b"501"),
    "6.1 chunks, then packed": (POST + b"transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n", b"400"),
    "6.1 chunks twice": (POST + b"transfer-encoding: chunked\r\n" + CHUNKS + b"0\r\n\r\n", b"400"),
    "6.1 chunks and something": (POST + b"transfer-encoding: chunked\r\ntransfer-encoding: cow\r\n\r\n", b"400"),
    "6.1 a vertical tab": (POST + b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n", b"400"),
    "6.1 chunks, HTTP/1.0": (b"POST / HTTP/1.0\r\n" + CHUNKS + b"0\r\n\r\n", b"400"),
    "6.3 two lengths": (POST + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} ", b"400"),
    "6.3 one length twice": (POST + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}", b"400"),
    "6.3 lengths in a list": (POST + b"content-length: 2, 2\r\n\r\n{}", b"400"),
    "6.3 a length with a sign": (POST + b"content-length: +2\r\n\r\n{}", b"400"),
    "6.3 no length": (POST + b"content-length: \r\n\r\n{}", b"400"),
    "6.3 a length beyond all bounds": (POST + b"content-length: " + b"9" * 25 + b"\r\n\r\n{}", b"400"),
    "7.1 a bare line feed behind a size": (POST + CHUNKS + b"2\n{}\r\n0\r\n\r\n", b"400"),
    "7.1.1 a bare line feed behind an extension": (POST + CHUNKS + b"2;a=b\n{}\r\n0\r\n\r\n", b"400"),
    "7.1 a chunk longer than it says": (POST + CHUNKS + b"2\r\n{}XX0\r\n\r\n", b"400"),
    "7.1 a size with a prefix": (POST + CHUNKS + b"0x2\r\n{}\r\n0\r\n\r\n", b"400"),
    "7.1 a size with a sign": (POST + CHUNKS + b"-2\r\n{}\r\n0\r\n\r\n", b"400"),
    "7.1 a size and a blank": (POST + CHUNKS + b"2 \r\n{}\r\n0\r\n\r\n", b"400"),
    "7.1 no size": (POST + CHUNKS + b"\r\n{}\r\n0\r\n\r\n", b"400"),
    "7.1 a size beyond all bounds": (POST + CHUNKS + b"f" * 18 + b"\r\n{}\r\n0\r\n\r\n", b"400"),
    "7.1.2 a trailer that says a length": (POST + CHUNKS + b"2\r\n{}\r\n0\r\ncontent-length: 9\r\n\r\n", b"400"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_could_be_read_in_two_ways_is_refused(name: str) -> None:
    sent, status = REFUSED[name]
    found, asked, socket = await ask(sent + b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n")
    assert found == status
    assert b"connection: close" in socket.written
    assert socket.written.count(b"HTTP/1.1 ") == 1
    assert all(scope["path"] != "/smuggled" for scope in asked.scopes)
    assert asked.bodies == []
    assert socket.done == ["half-closed"]


@pytest.mark.parametrize(
    ("sent", "path", "query", "host", "body"),
    [
        (b"GET /a?b=c?d HTTP/1.1\r\n" + HOST + b"\r\n", b"/a", b"b=c?d", b"x", b""),
        (b"GET //y/a?b HTTP/1.1\r\n" + HOST + b"\r\n", b"//y/a", b"b", b"x", b""),
        (b"GET http://y:81/a?b HTTP/1.1\r\n" + HOST + b"\r\n", b"/a", b"b", b"y:81", b""),
        (b"GET HTTPS://y HTTP/1.1\r\n" + HOST + b"\r\n", b"/", b"", b"y", b""),
        (b"GET http://[::1]:81/ HTTP/1.1\r\n" + HOST + b"\r\n", b"/", b"", b"[::1]:81", b""),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", b"*", b"", b"x", b""),
        (b"GET / HTTP/1.1\r\nhost:\r\n\r\n", b"/", b"", b"", b""),
        (b"GET / HTTP/1.1\r\nHOST: [2001:db8::1]:80\r\n\r\n", b"/", b"", b"[2001:db8::1]:80", b""),
        (b"GET / HTTP/1.1\r\nhost: my_service.ns:4000\r\n\r\n", b"/", b"", b"my_service.ns:4000", b""),
        (b"\r\n\r\n" + GET + b"\r\n", b"/", b"", b"x", b""),
        (POST + b"content-length: 2 \r\n\r\n{}", b"/", b"", b"x", b"{}"),
        (POST + b"Transfer-Encoding: \tChunked \r\n\r\n2;a=b\r\n{}\r\n0\r\na: b\r\n\r\n", b"/", b"", b"x", b"{}"),
        (GET + b"content-length: 2\r\n\r\n{}", b"/", b"", b"x", b"{}"),
        (GET + b"a: \xe9\r\nexpect: 200-maybe\r\n\r\n", b"/", b"", b"x", b""),
    ],
)
async def test_what_is_a_request(sent: bytes, path: bytes, query: bytes, host: bytes, body: bytes) -> None:
    found, asked, socket = await ask(sent)
    assert found == b"200"
    (scope,) = asked.scopes
    assert (scope["raw_path"], scope["query_string"], asked.bodies) == (path, query, [body])
    assert [value for name, value in scope["headers"] if name == b"host"] == [host]
    assert not socket.done


async def test_a_request_of_http_1_0_needs_no_host() -> None:
    found, _, socket = await ask(b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
    assert (found, socket.done) == (b"200", ["closed"])


async def test_a_client_of_http_1_0_is_not_told_to_go_on() -> None:
    """RFC 9110, section 10.1.1: it wouldn't know what that is."""
    protocol, socket = connect(Asked())
    protocol.data_received(b"POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    await turns()
    assert socket.written == b""
    protocol.data_received(b"{}")
    await turns()
    assert socket.written.startswith(b"HTTP/1.1 200 ")


async def test_refusals_have_the_servers_standing_headers() -> None:
    """RFC 9110, section 6.6.1: who has a clock says the date."""
    protocol, socket = connect(Asked())
    protocol._server.default_headers.append((b"date", b"now"))
    protocol.data_received(b"rubbish\r\n\r\n")
    assert b"\r\ndate: now\r\n" in socket.written


async def test_a_request_that_is_refused_behind_others_waits_for_its_turn() -> None:
    asked = Asked()
    protocol, socket = connect(asked)
    protocol.data_received(GET + b"\r\n" + GET + b"host: y\r\n\r\n" + GET + b"\r\n")
    await turns(30)
    statuses = [part[:3] for part in socket.written.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"400"]
    assert socket.done == ["half-closed"]


async def test_connections_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    state, sockets = ServerState(), []
    for _ in range(4):
        protocol, socket = connect(Asked(), most=2, state=state)
        sockets.append(socket)
        if socket.done:
            assert socket.written.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: 1\r\n" in socket.written
            # What it had sent by then is no request.
            protocol.data_received(GET + b"\r\n")
            await turns()
            assert socket.written.count(b"HTTP/1.1 ") == 1
            protocol.connection_lost(None)
    assert [socket.done for socket in sockets] == [[], [], ["closed"], ["closed"]]
    assert "2 connections" in caplog.text
    next(iter(state.connections)).connection_lost(None)
    assert not connect(Asked(), most=2, state=state)[1].done


def test_the_process_may_open_as_many_files_as_it_may() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[0]), before[1]))
        files = raise_bound()
        assert files >= before[0]
        assert 0 < most_connections(files) < files
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_empty_lines_without_end_do_not_keep_a_connection() -> None:
    protocol, socket = connect(Asked())
    protocol.data_received(GET + b"\r\n")
    await turns()
    start = protocol.loop.time()
    protocol.data_received(b"\r\n" * 1000)
    protocol.close_if_slow(start + 1000)
    assert socket.done == ["closed"]


async def test_a_client_that_closes_its_side_has_gone() -> None:
    """To close and to half-close look the same, and work for a client that is gone must stop."""
    gone = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"
        gone.set()

    protocol, _ = connect(app)
    protocol.data_received(GET + b"\r\n")
    await turns()
    assert not protocol.eof_received()
    protocol.connection_lost(None)
    await asyncio.wait_for(gone.wait(), 60)
    assert isinstance(protocol._serving, Exchange)
