"""Health: is the process alive, and should it get requests?

Enters: the router's state. Leaves: `{"status": "UP"}` or `{"status": "DOWN"}`, readiness with the id of the supergraph
and with what it waits for. Invariant: readiness doesn't depend on subgraphs; one that is down must not take every
router out of service, nor may an issuer of tokens that is away, for longer than a bounded time at start.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from router.server.state import RouterState


def health_routes(state: RouterState) -> APIRouter:
    """Return the routes of `health_check` and of the Prometheus exporter."""
    routes = APIRouter()
    health = state.settings.health_check
    prometheus = state.settings.telemetry.exporters.metrics.prometheus

    async def live() -> JSONResponse:
        return JSONResponse({"status": "UP"}, headers={"cache-control": "no-store"})

    async def ready() -> JSONResponse:
        status, text = (200, "UP") if state.ready else (503, "DOWN")
        supergraph = state.current.supergraph.id if state.current is not None else None
        body: dict[str, object] = {"status": text, "supergraph": supergraph}
        if state.draining:
            body["reason"] = "The router is stopping."
        elif waiting := state.waiting_for():
            body["waiting_for"] = waiting
        return JSONResponse(body, status, headers={"cache-control": "no-store"})

    async def metrics(request: Request) -> Response:
        body, media_type = state.metrics.render(request.headers.get("accept", ""))
        return Response(body, media_type=media_type, headers={"cache-control": "no-store"})

    if health.enabled:
        routes.add_api_route(health.path, live, methods=["GET", "HEAD"])
        routes.add_api_route(f"{health.path}/live", live, methods=["GET", "HEAD"])
        routes.add_api_route(f"{health.path}/ready", ready, methods=["GET", "HEAD"])
    if prometheus.enabled:
        routes.add_api_route(prometheus.path, metrics, methods=["GET"])
    return routes
