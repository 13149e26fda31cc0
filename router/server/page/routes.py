"""Routes of the page: `/`, `/page/assets/...`, `/page/config.json`, `/page/plan`.

Enters: HTTP requests. Leaves: files, JSON. Invariant: each file comes with its type and a tag of its content, so that
no browser shows an old page with a new router.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from router.errors import OperationError, RouterError
from router.execution.context import RequestContext
from router.pipeline import Explanation, GraphQLRequest
from router.query_plan.nodes import FetchNode
from router.query_plan.text import print_path
from router.query_plan.walk import fetches_of
from router.server.answer import Refusal
from router.server.media_types import check_content_type
from router.server.request_body import decode_body, read_body
from router.server.state import RouterState

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES: Final = {
    "css": "text/css; charset=utf-8", "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "md": "text/markdown; charset=utf-8", "svg": "image/svg+xml", "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}  # fmt: skip
_SAFE: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    content_type: str
    tag: str


def page_routes(state: RouterState) -> APIRouter:
    """Return the routes of `homepage`."""
    routes = APIRouter()
    assets = dict(_read_assets())

    def give(request: Request, name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            return Response("not found", 404, _SAFE, "text/plain")
        headers = {**_SAFE, "etag": asset.tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, 200, headers, asset.content_type)

    async def index(request: Request) -> Response:
        return give(request, "index.html")

    async def asset(request: Request, name: str) -> Response:
        return give(request, name)

    async def config() -> Response:
        return _json(200, page_config(state))

    async def plan(request: Request) -> Response:
        try:
            return _json(200, await _plan(state, request))
        except Refusal as refusal:
            return _json(refusal.status, {"errors": [{"message": refusal.message}]})
        except OperationError as error:
            return _json(400, {"errors": [found.formatted for found in error.errors]})
        except RouterError as error:
            return _json(400, {"errors": [{"message": str(error)}]})

    routes.add_api_route("/", index, methods=["GET", "HEAD"])
    routes.add_api_route("/page/assets/{name}", asset, methods=["GET", "HEAD"])
    routes.add_api_route("/page/config.json", config, methods=["GET"])
    routes.add_api_route("/page/plan", plan, methods=["POST"])
    return routes


def page_config(state: RouterState) -> dict[str, Any]:
    """Return what the page asks first: addresses, accounts, examples."""
    homepage = state.settings.homepage
    return {
        "endpoint": state.settings.supergraph.path,
        "plan_endpoint": "/page/plan",
        "sign_in": homepage.sign_in.model_dump() if homepage.sign_in is not None else None,
        "examples": [example.model_dump() for example in homepage.examples],
    }


async def _plan(state: RouterState, request: Request) -> dict[str, Any]:
    headers = dict(request.scope["headers"])
    check_content_type(headers.get(b"content-type"))
    body = await read_body(request.receive, headers, state.settings.limits.http_max_request_bytes, 10.0)
    decoded = decode_body(body)
    if not isinstance(decoded, GraphQLRequest):
        raise Refusal(400, "BATCHING_NOT_ENABLED", "One operation is expected.")
    claims = None
    if state.authenticator is not None:
        claims = await state.authenticator.identify(headers.get(state.authenticator.header))
    with state.generation() as generation:
        explanation = await generation.pipeline.explain(decoded, RequestContext(claims=claims))
    return describe_plan(explanation)


def describe_plan(explanation: Explanation) -> dict[str, Any]:
    """Return a plan as the page shows it."""
    fetches = fetches_of(explanation.plan)
    return {"text": explanation.text, "fetches": [_describe_fetch(fetch) for fetch in fetches]}


def _describe_fetch(fetch: FetchNode) -> dict[str, Any]:
    paths = [path for entity_input in fetch.inputs for path in entity_input.paths]
    return {
        "id": fetch.id,
        "service": fetch.service,
        "operation": fetch.operation,
        "path": ", ".join(dict.fromkeys(print_path(path) for path in paths)),
        "reasons": list(fetch.reasons),
    }


def _read_assets() -> Iterator[tuple[str, _Asset]]:
    for file in files("router.server.page").joinpath("assets").iterdir():
        if file.is_file():
            body = file.read_bytes()
            suffix = file.name.rsplit(".", 1)[-1]
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            yield file.name, _Asset(body, _TYPES.get(suffix, "application/octet-stream"), tag)


def _json(status: int, value: object) -> Response:
    headers = {**_SAFE, "cache-control": "no-store"}
    return Response(json.dumps(value).encode(), status, headers, "application/json")
