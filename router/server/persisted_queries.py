"""Automatic persisted queries: a client sends a document once, and afterwards only its SHA-256.

Enters: a request whose extensions may have `persistedQuery`. Leaves: the request with its document, or a refusal by
which the client sends the whole document next time. Invariants: a hash stands for the document that has it, and for
nothing else; what is remembered is bounded in number and in bytes.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Final

from router.config.limits import Apq
from router.pipeline import GraphQLRequest
from router.server.answer import Refusal

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class PersistedQueries:
    """What this process remembers, by the settings of `apq`; the documents that were used last stay."""

    def __init__(self, settings: Apq) -> None:
        self._enabled = settings.enabled
        self._limit = settings.router.cache.in_memory.limit
        self._max_bytes = settings.router.cache.in_memory.max_bytes
        #: By hash: the document, and what it took in memory when it came.
        self._documents: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._bytes = 0

    def resolve(self, request: GraphQLRequest, *, refused_status: int) -> GraphQLRequest:
        """Return the request with its document.

        ``refused_status`` is that of the answer which asks for the whole document: clients of `application/json`
        expect 200 there. Raises :class:`Refusal`.
        """
        extension = request.extensions.get("persistedQuery") if request.extensions else None
        if extension is None:
            return request
        if not self._enabled:
            if request.query:
                return request
            # Clients know this message, and send whole documents from then on.
            raise Refusal(refused_status, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        key = _hash_of(extension)
        if not request.query:
            known = self._documents.get(key)
            if known is None:
                # Clients know this message too, and send the document along with its hash.
                raise Refusal(refused_status, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            self._documents.move_to_end(key)
            return replace(request, query=known[0])
        self._remember(key, request.query)
        return request

    def _remember(self, key: str, document: str) -> None:
        if key in self._documents:
            # Equal hashes were found to be those of their documents; this one must have the same.
            if self._documents[key][0] != document:
                raise _mismatch()
            self._documents.move_to_end(key)
            return
        if hashlib.sha256(document.encode()).hexdigest() != key:
            raise _mismatch()
        # What it takes in memory, which may be four times its length in UTF-8.
        size = sys.getsizeof(document)
        if size > self._max_bytes:
            return
        self._documents[key] = (document, size)
        self._bytes += size
        while len(self._documents) > self._limit or self._bytes > self._max_bytes:
            _, (_, freed) = self._documents.popitem(last=False)
            self._bytes -= freed


def _hash_of(extension: Any) -> str:
    match extension:
        case {"version": 1, "sha256Hash": str(found)} if _HASH.fullmatch(found):
            return found
    message = 'The extension persistedQuery must be {"version": 1, "sha256Hash": "..."}, the hash in lower-case hex.'
    raise Refusal(400, "INVALID_GRAPHQL_REQUEST", message)


def _mismatch() -> Refusal:
    message = "The extension persistedQuery has a hash that isn't the SHA-256 of the query."
    return Refusal(400, "PERSISTED_QUERY_HASH_MISMATCH", message)
