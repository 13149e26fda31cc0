"""The Grafana dashboard of the router.

Enters: nothing. Leaves: the dashboard's JSON. Invariant: each panel asks for a metric that the router has; a test
compares the names.
"""

import json
from typing import Any

PANELS = (
    (
        "Requests per second, by status",
        "sum by (status) (rate(router_http_requests_total[$__rate_interval]))",
        "{{status}}",
        "reqps",
    ),
    (
        "Duration (50%, 95%, 99%)",
        "histogram_quantile({quantile}, "
        "sum by (le) (rate(router_http_request_duration_seconds_bucket[$__rate_interval])))",
        "{quantile}",
        "s",
    ),
    ("Requests under way", "sum(router_http_requests_in_flight)", "under way", "short"),
    ("Clients that went away", "sum(rate(router_http_requests_aborted_total[$__rate_interval]))", "aborted", "reqps"),
    (
        "Requests to subgraphs, by how they ended",
        "sum by (subgraph, outcome) (rate(router_subgraph_requests_total[$__rate_interval]))",
        "{{subgraph}} {{outcome}}",
        "reqps",
    ),
    (
        "Duration of subgraphs (95%)",
        "histogram_quantile(0.95, sum by (le, subgraph) "
        "(rate(router_subgraph_request_duration_seconds_bucket[$__rate_interval])))",
        "{{subgraph}}",
        "s",
    ),
    (
        "Operations that were known already",
        "sum(rate(router_pipeline_document_cache_hits_total[$__rate_interval])) / "
        "(sum(rate(router_pipeline_document_cache_hits_total[$__rate_interval])) + "
        "sum(rate(router_pipeline_document_cache_misses_total[$__rate_interval])))",
        "share",
        "percentunit",
    ),
    ("Routers by supergraph", "count by (id) (router_supergraph_info)", "{{id}}", "short"),
    (
        "Supergraphs taken over and refused",
        "sum by (outcome) (increase(router_supergraph_loads_total[$__rate_interval]))",
        "{{outcome}}",
        "short",
    ),
)
QUANTILES = ("0.5", "0.95", "0.99")


def dashboard() -> str:
    """Return the dashboard's JSON."""
    panels = [_panel(number, *panel) for number, panel in enumerate(PANELS)]
    content = {
        "uid": "supergraph-router",
        "title": "Supergraph router",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}]},
        "panels": panels,
    }
    return json.dumps(content, indent=2) + "\n"


def _panel(number: int, title: str, expression: str, legend: str, unit: str) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    expressions = [(expression, legend)]
    if "{quantile}" in expression:
        expressions = [(expression.replace("{quantile}", each), each) for each in QUANTILES]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": {"x": 8 * (number % 3), "y": 8 * (number // 3), "w": 8, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": source, "expr": expr, "legendFormat": name}
            for index, (expr, name) in enumerate(expressions)
        ],
    }
