"""HTTP/1.1 on a client's connection: bounds, order, and what becomes of either side's faults."""

import asyncio
import random
from typing import Any

import pytest

from router.server.exchange import MAX_UNREAD
from router.server.protocol import HEAD_SECONDS, SILENT_SECONDS
from tests.support.client_connection import answer, bodies, connect, post, read, turns

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class TestHeads:
    """A request's head is bounded in bytes and time."""

    async def test_a_head_without_end_is_refused(self) -> None:
        protocol, socket = connect()
        protocol.data_received(b"GET / HTTP/1.1\r\n")
        for _ in range(20):
            protocol.data_received(b"x: " + b"a" * 100 + b"\r\n")
        assert socket.written.startswith(b"HTTP/1.1 431 ")
        assert b"connection: close" in socket.written
        assert socket.done == ["half-closed"]

    async def test_a_large_body_is_no_large_head(self) -> None:
        protocol, socket = connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n" + b"a" * 5000)
        protocol.data_received(b"a" * 4000)
        await turns()
        assert bodies(socket.written) == [b"/ " + b"a" * 9000]
        assert not socket.done

    async def test_heads_are_counted_one_by_one(self) -> None:
        protocol, socket = connect()
        for _ in range(5):
            protocol.data_received(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 500 + b"\r\n\r\n")
            await turns()
        assert len(bodies(socket.written)) == 5

    async def test_a_slow_head_ends_the_connection(self) -> None:
        protocol, socket = connect()
        now = protocol.loop.time()
        protocol.close_if_slow(now + HEAD_SECONDS / 2)
        assert not socket.done
        protocol.data_received(b"GET / HTTP/1.1\r\nx:")
        protocol.close_if_slow(now + HEAD_SECONDS + 1)
        assert socket.done == ["closed"]

    @pytest.mark.parametrize(
        "sent",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
            b"CONNECT a:b HTTP/1.1\r\nhost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: x\r\nx: a\x00b\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        ],
    )
    async def test_what_is_no_http_is_refused(self, sent: bytes) -> None:
        protocol, socket = connect()
        protocol.data_received(sent)
        await turns()
        assert socket.written.startswith(b"HTTP/1.1 400 ")
        assert socket.done == ["half-closed"]

    async def test_the_request_is_handed_over_as_it_came(self) -> None:
        found: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            found.append((scope, await read(receive)))
            await answer(send, b"")

        protocol, _ = connect(app)
        protocol.data_received(post("/a%20b?c=%20d", b"{}", b"X-A: One", b"x-a: two"))
        await turns()
        scope, body = found[0]
        assert body == b"{}"
        assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a b", b"/a%20b")
        assert (scope["query_string"], scope["http_version"]) == (b"c=%20d", "1.1")
        assert scope["client"] == ("192.0.2.1", 5000)
        assert scope["headers"][2:] == [(b"x-a", b"One"), (b"x-a", b"two")]


class TestOrder:
    """One request after another, each with its own answer."""

    async def test_requests_behind_one_another_are_answered_in_their_order(self) -> None:
        protocol, socket = connect()
        protocol.data_received(post("/9", b"one") + post("/1", b"two") + post("/5", b"three"))
        await turns(1)
        # As long as the connection is read, a client that goes is noticed.
        assert not socket.paused
        await turns(60)
        assert bodies(socket.written) == [b"/9 one", b"/1 two", b"/5 three"]
        assert not socket.done

    async def test_only_some_requests_may_wait(self) -> None:
        protocol, socket = connect()
        protocol.data_received(b"".join(post("/1", b"%d" % number) for number in range(30)))
        await turns(1)
        paused = [socket.paused]
        await turns(300)
        paused.append(socket.paused)
        assert bodies(socket.written) == [b"/1 %d" % number for number in range(30)]
        assert (paused, socket.done) == ([True, False], [])

    async def test_however_the_bytes_come(self) -> None:
        draw = random.Random(7)
        for _ in range(100):
            wanted = [b"%d %d" % (number, draw.randrange(10**9)) for number in range(draw.randrange(1, 8))]
            sent = b"".join(post(f"/{draw.randrange(4)}", text * draw.choice([1, 1, 50])) for text in wanted)
            protocol, socket = connect()
            while sent:
                size = draw.choice([1, 7, 40, 2000])
                protocol.data_received(sent[:size])
                sent = sent[size:]
                await turns(draw.randrange(4))
            await turns(60)
            found = bodies(socket.written)
            assert len(found) == len(wanted)
            assert all(text in body for text, body in zip(wanted, found, strict=True))

    async def test_trailers_are_no_headers(self) -> None:
        found: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            found.append(dict(scope["headers"]))
            await answer(send, b"")

        protocol, _ = connect(app)
        head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n"
        protocol.data_received(head + b"2\r\n{}\r\n0\r\nauthorization: Bearer x\r\n\r\n" + GET)
        await turns()
        assert [b"authorization" in headers for headers in found] == [False, False]

    async def test_rubbish_behind_a_request_is_told_after_its_answer(self) -> None:
        protocol, socket = connect()
        protocol.data_received(post("/5", b"one") + b"rubbish\r\n\r\n")
        await turns()
        first, _, second = socket.written.partition(b"/5 one")
        assert first.startswith(b"HTTP/1.1 200 ")
        assert second.startswith(b"HTTP/1.1 400 ")
        assert socket.done == ["half-closed"]

    async def test_a_body_that_is_none_ends_its_request(self) -> None:
        protocol, socket = connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await turns()
        protocol.data_received(b"ZZ\r\n")
        await turns()
        assert socket.written.startswith(b"HTTP/1.1 400 ")
        assert socket.written.count(b"HTTP/1.1") == 1

    async def test_nothing_is_read_behind_the_last_request(self) -> None:
        protocol, socket = connect()
        protocol.data_received(post("/5", b"one", b"connection: close") + GET)
        protocol.data_received(GET + b"rubbish")
        await turns()
        assert socket.written.count(b"HTTP/1.1") == 1
        assert b"\r\nconnection: close\r\n" in socket.written
        assert socket.done == ["closed"]

    async def test_an_upgrade_is_answered_as_it_is(self) -> None:
        protocol, socket = connect()
        protocol.data_received(
            b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x00\x01"
        )
        await turns()
        assert bodies(socket.written) == [b"/a "]
        assert socket.done == ["closed"]


class TestAnswers:
    """What the application says, as bytes."""

    async def test_head_and_body_go_out_together(self) -> None:
        for size in (10, 100_000):

            async def app(scope: Any, receive: Any, send: Any, size: int = size) -> None:
                await answer(send, b"a" * size, 200, (b"x-a", b"1"))

            protocol, socket = connect(app)
            protocol.data_received(GET)
            await turns()
            assert socket.writes == 1
            assert socket.written.startswith(b"HTTP/1.1 200 OK\r\n")
            assert bodies(socket.written) == [b"a" * size]

    @pytest.mark.parametrize(
        ("request_line", "framing", "body", "done"),
        [
            (b"GET / HTTP/1.1", b"transfer-encoding: chunked", b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", []),
            (b"GET / HTTP/1.0", b"connection: close", b"abcde", ["closed"]),
            (b"HEAD / HTTP/1.1", b"", b"", []),
        ],
    )
    async def test_a_body_in_pieces(self, request_line: bytes, framing: bytes, body: bytes, done: list[str]) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for piece in (b"abc", b"", b"de"):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})

        protocol, socket = connect(app)
        protocol.data_received(request_line + b"\r\nhost: x\r\n\r\n")
        await turns()
        head, _, rest = socket.written.partition(b"\r\n\r\n")
        assert head == b"\r\n".join(line for line in (b"HTTP/1.1 200 OK", framing) if line)
        assert rest == body
        assert socket.done == done

    async def test_a_client_that_waits_is_told_to_go_on(self) -> None:
        protocol, socket = connect()
        sent = post("/", b"body", b"expect: 100-continue")
        protocol.data_received(sent[:-4])
        await turns()
        assert socket.written == b"HTTP/1.1 100 Continue\r\n\r\n"
        protocol.data_received(sent[-4:])
        await turns()
        assert socket.written.endswith(b"/ body")

    async def test_an_answer_before_the_body_is_the_last(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await answer(send, b"too large", 413)

        protocol, socket = connect(app)
        protocol.data_received(post("/", b"a" * 100_000, b"expect: 100-continue")[:5000])
        await turns()
        assert socket.written.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in socket.written
        # Closing with unread bytes would reset the connection, and the answer might be lost.
        assert socket.done == ["half-closed"]
        protocol.data_received(b"a" * 100_000)
        assert socket.done == ["half-closed"]
        for _ in range(50):
            protocol.data_received(b"a" * 100_000)
        assert "aborted" in socket.done

    async def test_a_failing_application(self, caplog: pytest.LogCaptureFixture) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            match scope["path"]:
                case "/raises":
                    raise ValueError
                case "/silent":
                    return
                case "/break":
                    await answer(send, b"", 200, (b"x-a", b"b\r\nset-cookie: c"))
                case "/late":
                    await send({"type": "http.response.start", "status": 200, "headers": []})
                    await send({"type": "http.response.body", "body": b"a", "more_body": True})
                    raise ValueError
                case "/short":
                    length = [(b"content-length", b"5")]
                    await send({"type": "http.response.start", "status": 200, "headers": length})
                    await send({"type": "http.response.body", "body": b"a"})
                case "/long":
                    length = [(b"content-length", b"1")]
                    await send({"type": "http.response.start", "status": 200, "headers": length})
                    await send({"type": "http.response.body", "body": b"abc"})

        for path, written in (("raises", b"500"), ("silent", b"500"), ("break", b"500"), ("late", b"200")):
            protocol, socket = connect(app)
            protocol.data_received(b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode())
            await turns()
            assert socket.written.split(b" ")[1] == written
            assert b"cookie" not in socket.written
            assert socket.done[0] == ("aborted" if path == "late" else "closed")
        for path in ("short", "long"):
            protocol, socket = connect(app)
            protocol.data_received(b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode())
            await turns()
            assert (socket.written, socket.done[0]) == (b"", "aborted")
        assert caplog.records


class TestClients:
    """Slow ones, silent ones, and those that go."""

    async def test_an_idle_connection_is_kept_for_a_while(self) -> None:
        protocol, socket = connect()
        protocol.data_received(GET)
        await turns()
        now = protocol.loop.time()
        protocol.close_if_slow(now + SILENT_SECONDS - 5)
        assert not socket.done
        protocol.close_if_slow(now + SILENT_SECONDS + 1)
        assert socket.done == ["closed"]

    async def test_a_request_under_way_is_not_cut_off(self) -> None:
        never = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await never.wait()

        protocol, socket = connect(app)
        protocol.data_received(GET)
        await turns()
        protocol.close_if_slow(protocol.loop.time() + 1000)
        assert not socket.done
        never.set()
        protocol.connection_lost(None)
        await turns()

    async def test_a_body_that_stops_coming(self) -> None:
        protocol, socket = connect()
        protocol.data_received(post("/", b"a" * 100)[:-50])
        await turns()
        protocol.close_if_slow(protocol.loop.time() + SILENT_SECONDS + 1)
        assert socket.done == ["aborted"]
        protocol.connection_lost(None)
        await turns()

    async def test_a_body_that_nobody_reads_is_bounded(self) -> None:
        may_read = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await may_read.wait()
            await answer(send, b"%d" % len(await read(receive)))

        protocol, socket = connect(app)
        sent = post("/", b"a" * 3 * MAX_UNREAD)
        protocol.data_received(sent[: 2 * MAX_UNREAD])
        await turns()
        paused = [socket.paused]
        # The client isn't the one who is slow.
        protocol.close_if_slow(protocol.loop.time() + SILENT_SECONDS + 1)
        assert not socket.done
        may_read.set()
        await turns()
        paused.append(socket.paused)
        protocol.data_received(sent[2 * MAX_UNREAD :])
        await turns()
        paused.append(socket.paused)
        assert bodies(socket.written) == [b"%d" % (3 * MAX_UNREAD)]
        assert paused == [True, False, False]

    async def test_a_client_that_takes_no_answer(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(3):
                await send({"type": "http.response.body", "body": b"a", "more_body": True})
            await send({"type": "http.response.body"})

        protocol, socket = connect(app)
        protocol.pause_writing()
        protocol.data_received(GET)
        await turns()
        assert socket.written == b""
        protocol.resume_writing()
        await turns()
        assert socket.written.endswith(b"0\r\n\r\n")
        protocol.pause_writing()
        protocol.close_if_slow(protocol.loop.time() + SILENT_SECONDS + 1)
        assert socket.done == ["aborted"]

    async def test_a_client_that_goes_is_told_of(self) -> None:
        found: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            found.append((await receive())["type"])
            await answer(send, b"to nobody")

        protocol, socket = connect(app)
        protocol.data_received(GET)
        await turns()
        socket.close()
        protocol.connection_lost(None)
        await turns()
        assert found == ["http.disconnect"]
        assert socket.written == b""


class TestShutdown:
    """What was read is answered, nothing more is."""

    async def test_an_idle_connection_closes(self) -> None:
        protocol, socket = connect()
        protocol.data_received(GET)
        await turns()
        protocol.shutdown()
        assert socket.done == ["closed"]

    async def test_all_that_was_read_is_answered(self) -> None:
        protocol, socket = connect()
        protocol.data_received(post("/5", b"one") + post("/1", b"two"))
        await turns(1)
        protocol.shutdown()
        protocol.data_received(GET)
        await turns(40)
        assert bodies(socket.written) == [b"/5 one", b"/1 two"]
        assert socket.written.count(b"connection: close") == 1
        assert socket.done == ["closed"]

    async def test_a_request_that_is_coming_comes(self) -> None:
        protocol, socket = connect()
        sent = post("/", b"body")
        protocol.data_received(sent[:-2])
        await turns()
        protocol.shutdown()
        protocol.data_received(sent[-2:] + GET)
        await turns()
        assert bodies(socket.written) == [b"/ body"]
        assert socket.done == ["closed"]
