"""The benchmark's four subgraphs on one port: answers are computed once, then served from memory by request body.

``python -m bench.gateways.subgraphs --port 4200`` serves ``/accounts``, ``/inventory``, ``/products`` and ``/reviews``
on loopback until it is ended (any free port without one), and says where on standard output. A body that was seen
before costs a dictionary look-up, so that the load generator and the gateway under test are what is measured;
``--delay`` adds that many milliseconds to each answer.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import cast

import httptools
import orjson
import uvloop

from bench.gateways.dataset import SUBGRAPHS, read_data
from router.verification.dataset import read_dataset
from router.verification.mock_subgraph import MockSubgraph

_LIMIT = 50_000


class Answers:
    """Answers by path and body; at most :data:`_LIMIT` are kept."""

    def __init__(self) -> None:
        dataset = read_dataset(read_data(), {})
        self.mocks = {f"/{name}".encode(): MockSubgraph(name, sdl, dataset) for name, sdl in SUBGRAPHS.items()}
        self.known: dict[tuple[bytes, bytes], bytes] = {}

    def answer(self, path: bytes, body: bytes) -> bytes:
        """Return a whole HTTP response."""
        key = (path, body)
        found = self.known.get(key)
        if found is None:
            found = self._compute(path, body)
            if len(self.known) < _LIMIT:
                self.known[key] = found
        return found

    def _compute(self, path: bytes, body: bytes) -> bytes:
        mock = self.mocks.get(path)
        if mock is None:
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        request = orjson.loads(body)
        content = orjson.dumps(mock.execute(request["query"], request.get("variables") or {}))
        for complaint in mock.complaints:
            print(complaint, file=sys.stderr, flush=True)
        mock.complaints.clear()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        return head.encode() + content


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, answers: Answers, delay: float) -> None:
        self.answers, self.delay = answers, delay
        self.parser = httptools.HttpRequestParser(self)
        self.path, self.body = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports aren't subclasses of asyncio's.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    def on_message_begin(self) -> None:
        self.path, self.body = b"", b""

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        response = self.answers.answer(self.path, self.body)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._write, response)
        else:
            self.transport.write(response)

    def _write(self, response: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(response)


async def serve(port: int, delay: float) -> None:
    """Serve on loopback until cancelled."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers, delay), "127.0.0.1", port)
    print(f"subgraphs on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds added to each answer")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.port, arguments.delay / 1000))


if __name__ == "__main__":
    main()
