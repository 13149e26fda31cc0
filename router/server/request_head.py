"""The head of one request after another, put together from what httptools finds in a connection's bytes.

Enters: the parser's callbacks for a target and headers. Leaves: an ASGI scope, or the refusal of a head that the parser
takes and RFC 9112 doesn't. Invariant: what follows a body never passes for a header of the request before it.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from router.server.asgi import Scope
from router.server.request_target import BadTarget, is_host, read_target

#: A status and a text, for what is no request.
Refusal: TypeAlias = tuple[int, bytes]
MALFORMED: Final[Refusal] = (400, b"Invalid HTTP request received.")
TOO_LARGE: Final[Refusal] = (431, b"The headers are too large")
_BAD_HOST: Final[Refusal] = (400, b"The request must have one Host header with a host in it")
_UNKNOWN_CODING: Final[Refusal] = (501, b"The only transfer encoding that is known is chunked")
_WRONG_VERSION: Final[Refusal] = (505, b"This server speaks HTTP/1.1")
#: Headers by which a request is understood, apart from what the parser itself makes of it.
_NOTED: Final = frozenset({b"host", b"expect", b"transfer-encoding"})
_VERSIONS: Final = frozenset({"1.0", "1.1"})


class Refused(Exception):
    """A head that isn't a request's; ``answer`` is what its sender is told."""

    def __init__(self, answer: Refusal) -> None:
        super().__init__(answer)
        self.answer = answer


class RequestHead:
    """The head that is being read on one connection; the same object serves all its requests."""

    def __init__(self) -> None:
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._url = b""
        self._hosts = 0
        #: The Host header that was found good last: mostly the next is the same.
        self._good_host = b""
        self._chunked = False
        self._fault: Refusal | None = None
        #: Whether the client waits for word that the body is wanted.
        self.expects = False

    def begin(self) -> None:
        """Forget the head before."""
        self._url = b""
        self._headers = []
        self.expects = self._chunked = False
        self._hosts = 0
        self._fault = None

    def drop(self) -> None:
        """Take no further header."""
        self._headers = None

    def on_url(self, url: bytes) -> None:
        """Keep a piece of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. Those behind a body are dropped: they must not pass for the ones before it."""
        if self._headers is not None:
            name = name.lower()
            self._headers.append((name, value))
            if name in _NOTED:
                self._note(name, value)

    def complete(self, method: bytes, version: str, always: dict[str, Any]) -> Scope | None:
        """Return the request's scope, with what ``always`` stands in one; ``None`` for a head that was dropped.

        Raises :class:`Refused`.
        """
        headers, self._headers = self._headers, None
        if headers is None:
            return None
        fault = self._fault_of(version)
        if fault is not None:
            raise Refused(fault)
        try:
            raw_path, query, host = read_target(method, self._url)
            path = raw_path.decode("ascii")
        except (BadTarget, UnicodeDecodeError):
            raise Refused(MALFORMED) from None
        if host is not None:
            # The target's own host counts (RFC 9112, section 3.2.2).
            headers = [(name, host if name == b"host" else value) for name, value in headers]
        scope = always.copy()
        scope["http_version"] = version
        scope["method"] = method.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        scope["headers"] = headers
        return scope

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._hosts += 1
            if value != self._good_host:
                if is_host(value):
                    self._good_host = value
                else:
                    self._fault = _BAD_HOST
        elif name == b"expect":
            self.expects = value.lower() == b"100-continue"
        else:
            self._chunked = True
            if value.strip(b" \t").lower() != b"chunked":
                self._fault = _UNKNOWN_CODING

    def _fault_of(self, version: str) -> Refusal | None:
        """Return what is wrong with a head that the parser took."""
        if version not in _VERSIONS:
            return _WRONG_VERSION
        if self._hosts > 1 or (not self._hosts and version == "1.1"):
            return _BAD_HOST
        if self._chunked and version == "1.0":
            # A proxy of that age passes the header on without knowing it (RFC 9112, section 6.1).
            return MALFORMED
        return self._fault
