"""The Grafana dashboards of the router and of the subgraphs.

Enters: nothing. Leaves: each dashboard's JSON. Invariant: each panel asks for a metric that there is; a test compares
the names.
"""

import json
from typing import Any

ROUTER = (
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
#: Series of subgraphs have the label `subgraph` from what collects them: the chart's PodMonitor, compose's collector.
SUBGRAPHS = (
    (
        "Requests per second, by kind",
        "sum by (subgraph, operation) (rate(subgraph_requests_total[$__rate_interval]))",
        "{{subgraph}} {{operation}}",
        "reqps",
    ),
    (
        "Duration (95%), by kind",
        "histogram_quantile(0.95, sum by (le, subgraph, operation) "
        "(rate(subgraph_request_duration_seconds_bucket[$__rate_interval])))",
        "{{subgraph}} {{operation}}",
        "s",
    ),
    (
        "Answers with a server error",
        'sum by (subgraph) (rate(subgraph_requests_total{status=~"5.."}[$__rate_interval])) / '
        "sum by (subgraph) (rate(subgraph_requests_total[$__rate_interval]))",
        "{{subgraph}}",
        "percentunit",
    ),
    (
        "Errors in answers, by code",
        "sum by (subgraph, code) (rate(subgraph_errors_total[$__rate_interval]))",
        "{{subgraph}} {{code}}",
        "short",
    ),
    (
        "Busy share of database connections, fullest pod",
        'max by (subgraph) (subgraph_database_connections{state="busy"} / ignoring (state) '
        'subgraph_database_connections{state="limit"})',
        "{{subgraph}}",
        "percentunit",
    ),
    (
        "Representations in one _entities (95%)",
        "histogram_quantile(0.95, sum by (le, subgraph) "
        "(rate(subgraph_entities_representations_bucket[$__rate_interval])))",
        "{{subgraph}}",
        "short",
    ),
    ("Requests under way", "sum by (subgraph) (subgraph_requests_in_flight)", "{{subgraph}}", "short"),
    ("Pods that are ready", "sum by (subgraph) (subgraph_ready)", "{{subgraph}}", "short"),
    ("Pods whose database is outdated", "sum by (subgraph) (subgraph_schema_outdated)", "{{subgraph}}", "short"),
    (
        "Passwords that are hashed or wait for it",
        'sum by (subgraph, state) (subgraph_password_hashings{state!="limit"})',
        "{{subgraph}} {{state}}",
        "short",
    ),
    ("Age of the signing key", "min by (subgraph) (subgraph_signing_key_age_seconds)", "{{subgraph}}", "s"),
    (
        "Spans of traces, by what became of them",
        "sum by (subgraph, outcome) (rate(subgraph_trace_spans_total[$__rate_interval]))",
        "{{subgraph}} {{outcome}}",
        "short",
    ),
)
QUANTILES = ("0.5", "0.95", "0.99")
#: Identity, title and panels of each dashboard, by the name of its file.
DASHBOARDS = {
    "dashboard.json": ("supergraph-router", "Supergraph router", ROUTER),
    "subgraphs.json": ("supergraph-subgraphs", "Supergraph subgraphs", SUBGRAPHS),
}


def dashboard(name: str) -> str:
    """Return a dashboard's JSON."""
    identity, title, contents = DASHBOARDS[name]
    panels = [_panel(number, *panel) for number, panel in enumerate(contents)]
    content = {
        "uid": identity,
        "title": title,
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
