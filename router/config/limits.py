"""``limits``, ``apq`` and ``batching`` of ``router.yaml``: what one request may be."""

from __future__ import annotations

from router.config.validation import Section
from router.config.values import Count, Size


class Limits(Section):
    """Bounds of a request; what exceeds one is refused before anything is sent to a subgraph."""

    http_max_request_bytes: Size = 2_000_000
    """Largest request body."""
    parser_max_tokens: Count = 15_000
    """Most tokens of an operation."""
    max_depth: Count = 100
    """Deepest nesting of fields, fragments expanded."""
    max_height: Count = 10_000
    """Most fields, fragments expanded."""
    max_aliases: Count = 500
    """Most aliases, fragments expanded."""
    max_root_fields: Count = 100
    """Most fields at the root, fragments expanded."""
    max_directives: Count = 500
    """Most directives."""
    http1_max_request_headers: Count = 100
    """Most headers."""
    http1_max_request_header_bytes: Size = 64 * 1024
    """Largest sum of header names and values."""
    http1_max_connections: Count | None = None
    """Most connections of clients to one worker; what comes beyond is refused (503). By default three quarters of the
    files that the process may open."""


class ApqMemory(Section):
    """Documents kept in memory."""

    limit: Count = 1_000
    """Most documents that are kept."""
    max_bytes: Size = 16 * 1024 * 1024
    """Most memory that they may take."""


class ApqCache(Section):
    """The cache of documents."""

    in_memory: ApqMemory = ApqMemory()
    """The cache in this process."""


class ApqRouter(Section):
    """Where documents are kept."""

    cache: ApqCache = ApqCache()
    """The cache of documents."""


class Apq(Section):
    """Automatic persisted queries: a client sends the hash of a document that it sent before."""

    enabled: bool = True
    """Allow it."""
    router: ApqRouter = ApqRouter()
    """Where documents are kept."""


class Batching(Section):
    """Several operations as a JSON array in one request."""

    enabled: bool = False
    """Allow it."""
    maximum_size: Count = 10
    """Most operations in one request."""
