"""CORS and CSRF: what browsers may do for other sites.

Enters: settings, request headers. Leaves: response headers, or a refusal. Invariant: credentials are never allowed
together with every origin, and a request that a browser sends without asking first changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from router.config.cross_origin import Cors, Csrf
from router.server.answer import Answer, Refusal

HeaderList = tuple[tuple[bytes, bytes], ...]

_SIMPLE_TYPES = (b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain")


class CrossOrigin:
    """Decides by the settings of `cors`. ``None`` origins (same-site requests) pass untouched."""

    def __init__(self, cors: Cors) -> None:
        self._any = cors.allow_any_origin
        self._origins = frozenset(origin.encode() for origin in cors.origins)
        self._patterns = tuple(re.compile(pattern) for pattern in cors.match_origins)
        self.enabled = bool(self._any or self._origins or self._patterns)
        self._credentials: HeaderList = (
            ((b"access-control-allow-credentials", b"true"),) if cors.allow_credentials else ()
        )
        self._methods = ", ".join(cors.methods).encode()
        self._max_age = b"%d" % int(cors.max_age)
        self._allow_headers = ", ".join(cors.allow_headers).encode()
        exposed = ", ".join(cors.expose_headers).encode()
        self._exposed: HeaderList = ((b"access-control-expose-headers", exposed),) if exposed else ()

    def headers(self, headers: Mapping[bytes, bytes]) -> HeaderList:
        """Return the headers of an answer to a request with these headers."""
        if not self.enabled:
            return ()
        return self._origin(headers.get(b"origin")) + self._exposed_to(headers)

    def preflight(self, headers: Mapping[bytes, bytes]) -> Answer | None:
        """Return the answer to a preflight request, without :meth:`headers`; ``None`` for any other OPTIONS."""
        origin = headers.get(b"origin")
        if origin is None or b"access-control-request-method" not in headers:
            return None
        if not self._allows(origin):
            told = b"This origin is not allowed; the router's setting cors.origins lists those that are.\n"
            return Answer(403, told, b"text/plain")
        asked = self._allow_headers or headers.get(b"access-control-request-headers", b"")
        more: HeaderList = (
            (b"access-control-allow-methods", self._methods),
            (b"access-control-max-age", self._max_age),
        )
        if asked:
            more += ((b"access-control-allow-headers", asked),)
        return Answer(204, b"", b"text/plain", more)

    def _exposed_to(self, headers: Mapping[bytes, bytes]) -> HeaderList:
        origin = headers.get(b"origin")
        return self._exposed if origin is not None and self._allows(origin) else ()

    def _origin(self, origin: bytes | None) -> HeaderList:
        if self._any:
            return ((b"access-control-allow-origin", b"*"),)
        vary: HeaderList = ((b"vary", b"origin"),)
        if origin is None or not self._allows(origin):
            return vary
        return ((b"access-control-allow-origin", origin), *self._credentials, *vary)

    def _allows(self, origin: bytes) -> bool:
        if self._any or origin in self._origins:
            return True
        text = origin.decode("latin-1")
        return any(pattern.fullmatch(text) for pattern in self._patterns)


def check_csrf(csrf: Csrf, headers: Mapping[bytes, bytes], *, get: bool) -> None:
    """Raise :class:`Refusal` for a request that a browser may have sent across sites without asking first.

    A POST of anything but JSON is refused in any case; so this is about GET requests and bodies of simple types.
    """
    if csrf.unsafe_disabled or (get and not csrf.required_for_get):
        return
    content_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if content_type and content_type not in _SIMPLE_TYPES:
        return
    if any(name.lower().encode() in headers for name in csrf.required_headers):
        return
    names = ", ".join(csrf.required_headers)
    message = f"A browser could send this request for another site; add a header that makes it ask first: {names}."
    raise Refusal(400, "CSRF_ERROR", message)
