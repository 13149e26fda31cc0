"""Which media type goes in and out (GraphQL over HTTP, "Media Types" and "Status Codes").

Enters: the Accept and Content-Type headers. Leaves: how to answer, or a refusal. Invariant: equal headers always give
equal results, so they are remembered.

A client that names `application/json` gets 200 for every well-formed GraphQL response, as the specification advises
for that type. One that names nothing (or `*/*`) gets `application/json` with true status codes: it has no expectation
that 4xx would break.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from router.server.answer import GRAPHQL_JSON, JSON, Refusal

MAX_HEADER_LENGTH: Final = 1_000
_UTF_8: Final = ("utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class Format:
    """How to answer. ``always_ok``: request errors go out as 200. ``incremental``: the client takes `@defer` parts."""

    content_type: bytes
    always_ok: bool = False
    incremental: bool = False


DEFAULT: Final = Format(JSON)
_GRAPHQL: Final = Format(GRAPHQL_JSON)
_JSON_ALONE: Final = Format(JSON, always_ok=True)


def choose_format(accept: bytes | None) -> Format:
    """Choose the format of the answer. Raises :class:`Refusal` (406) where none that the client takes is there."""
    if accept is None:
        return DEFAULT
    if len(accept) > MAX_HEADER_LENGTH:
        raise Refusal(431, "HEADERS_TOO_LARGE", "The Accept header is too long.")
    found = _choose_format(accept)
    if found is None:
        raise Refusal(
            406,
            "NOT_ACCEPTABLE",
            "The Accept header allows neither application/graphql-response+json nor application/json.",
        )
    return found


@lru_cache(maxsize=256)
def _choose_format(accept: bytes) -> Format | None:
    best: Format | None = None
    best_weight = (0.0, -1)
    incremental = False
    for media_type, parameters in _parse(accept):
        if media_type == "multipart/mixed":
            incremental = incremental or parameters.get("deferspec") == "20220824"
            continue
        option = {
            "application/graphql-response+json": (_GRAPHQL, 3),
            "application/json": (_JSON_ALONE, 2),
            "application/*": (DEFAULT, 1),
            "*/*": (DEFAULT, 0),
        }.get(media_type)
        if option is None or parameters.get("charset", "utf-8").lower() not in _UTF_8:
            continue
        weight = (_quality(parameters.get("q")), option[1])
        if weight[0] > 0 and weight > best_weight:
            best, best_weight = option[0], weight
    if incremental:
        chosen = best or DEFAULT
        return Format(chosen.content_type, chosen.always_ok, incremental=True)
    return best


def check_content_type(content_type: bytes | None) -> None:
    """Raise :class:`Refusal` unless a body is JSON in UTF-8: 415 for another type, 400 for another charset."""
    if content_type is None:
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The Content-Type header is missing; send application/json.")
    if len(content_type) > MAX_HEADER_LENGTH:
        raise Refusal(431, "HEADERS_TOO_LARGE", "The Content-Type header is too long.")
    problem = _content_type_problem(content_type)
    if problem is not None:
        raise Refusal(*problem)


@lru_cache(maxsize=256)
def _content_type_problem(content_type: bytes) -> tuple[int, str, str] | None:
    parsed = _parse(content_type)
    if len(parsed) != 1 or parsed[0][0] != "application/json":
        given = parsed[0][0][:100] if len(parsed) == 1 else "several"
        more = "; files can't be uploaded" if given == "multipart/form-data" else ""
        return 415, "UNSUPPORTED_MEDIA_TYPE", f"The Content-Type must be application/json, not {given}{more}."
    if parsed[0][1].get("charset", "utf-8").lower() not in _UTF_8:
        return 400, "INVALID_GRAPHQL_REQUEST", "The body must be in UTF-8."
    return None


def _parse(header: bytes) -> list[tuple[str, dict[str, str]]]:
    """Split a list of media types (RFC 9110, section 12.5.1) into lower-case names and their parameters."""
    found = []
    for item in header.decode("latin-1").split(","):
        media_type, *rest = item.split(";")
        parameters: dict[str, str] = {}
        for part in rest:
            name, _, value = part.partition("=")
            parameters.setdefault(name.strip().lower(), value.strip().strip('"'))
        if media_type.strip():
            found.append((media_type.strip().lower(), parameters))
    return found


def _quality(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text is not None else 1.0
    except ValueError:
        return 0.0
