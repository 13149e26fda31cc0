"""Subgraphs in the same process: ASGI applications, called without a socket (ASGI specification 3.0).

For tests, and for a whole graph in one process. Invariant: what a caller sees is what it would see over the network:
size limit, time-out, an application that fails or stops in the middle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class AsgiTransport:
    """Maps subgraph names to applications. Use as ``async with`` to run their lifespans."""

    def __init__(self, apps: Mapping[str, AsgiApp]) -> None:
        self._apps = dict(apps)
        self._lifespans: list[_Lifespan] = []
        self._states: dict[str, dict[str, Any]] = {name: {} for name in apps}

    async def __aenter__(self) -> Self:
        try:
            for name, app in self._apps.items():
                lifespan = _Lifespan(app, self._states[name])
                self._lifespans.append(lifespan)
                await lifespan.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Shut the applications down, the last first."""
        while self._lifespans:
            await self._lifespans.pop().stop()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Call the subgraph's application; see :class:`~router.execution.transport.SubgraphTransport`."""
        app = self._apps.get(request.subgraph)
        if app is None:
            raise TransportError("the subgraph has no application here", sent=False)
        exchange = _Exchange(request)
        try:
            async with asyncio.timeout(request.timeout):
                await app(_scope(request, self._states[request.subgraph]), exchange.receive, exchange.send)
        except TimeoutError as error:
            raise TransportError(
                f"no complete answer within {request.timeout:g} s", code="SUBREQUEST_TIMEOUT"
            ) from error
        except TransportError:
            raise
        except Exception as error:
            if not exchange.complete:
                raise TransportError(f"the application failed: {type(error).__name__}") from error
        return exchange.response()


class _Exchange:
    """One request and its response, as ASGI messages."""

    def __init__(self, request: SubgraphRequest) -> None:
        self._request = request
        self._delivered = False
        self._gone = asyncio.Event()
        self._status: int | None = None
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self.complete = False

    async def receive(self) -> Message:
        if not self._delivered:
            self._delivered = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {
                bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
                for name, value in message.get("headers", ())
            }
        elif message["type"] == "http.response.body":
            chunk = bytes(message.get("body", b""))
            self._size += len(chunk)
            if self._size > self._request.max_response_bytes:
                limit = self._request.max_response_bytes
                raise TransportError(f"the answer is larger than {limit} bytes", code="SUBREQUEST_TOO_LARGE")
            self._chunks.append(chunk)
            if not message.get("more_body", False):
                self.complete = True
                self._gone.set()

    def response(self) -> SubgraphResponse:
        if self._status is None:
            raise TransportError("the application sent no answer")
        if not self.complete:
            raise TransportError("the answer broke off", code="SUBREQUEST_MALFORMED_RESPONSE")
        return SubgraphResponse(self._status, self._headers, b"".join(self._chunks))


def _scope(request: SubgraphRequest, state: dict[str, Any]) -> dict[str, Any]:
    url = urlsplit(request.url)
    path = url.path or "/"
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    headers.append((b"host", (url.netloc or "localhost").encode("latin-1")))
    headers.append((b"content-length", str(len(request.body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": url.scheme or "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": url.query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (url.hostname or "localhost", url.port or 80),
        "state": state.copy(),
    }


class _Lifespan:
    """Runs an application's lifespan; one that doesn't know the protocol is left alone, as servers do."""

    def __init__(self, app: AsgiApp, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        await self._inbox.put({"type": "lifespan.startup"})
        answer = await self._answer()
        if answer is None:
            self._task = None
        elif answer["type"] == "lifespan.startup.failed":
            raise TransportError(f"an application failed to start: {answer.get('message', '')}", sent=False)

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._inbox.put({"type": "lifespan.shutdown"})
            await self._answer()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        await self._app(scope, self._inbox.get, self._outbox.put)

    async def _answer(self) -> Message | None:
        """The application's next word, or ``None`` where it ended without one."""
        assert self._task is not None
        word = asyncio.ensure_future(self._outbox.get())
        await asyncio.wait((word, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not word.done():
            word.cancel()
            if not self._outbox.empty():
                return self._outbox.get_nowait()
            await asyncio.gather(self._task, return_exceptions=True)
            return None
        return word.result()
