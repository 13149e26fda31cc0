"""Keys that users may know from other routers and that don't work here (yet).

Enters: nothing. Leaves: a table of dotted keys (``*`` for any name; list positions left out) with a remedy each,
or "" for "remove it". Invariant: a key that starts to work leaves this table.
"""

from __future__ import annotations

from typing import Final

#: Keys that other routers have and this one not yet: a remedy, or "" for "remove it".
UNSUPPORTED: Final[dict[str, str]] = {
    "apq": "",
    "authentication.connector": "",
    "authentication.subgraph.all.aws_sig_v4": "write hmac",
    "authentication.subgraph.subgraphs.*.aws_sig_v4": "write hmac",
    "authentication.router.jwt.jwks.poll": "write poll_interval",
    "authorization.directives": "they are always enforced; remove it",
    "authorization.preview_directives": "they are always enforced; remove it",
    "batching.subgraph": "",
    "connectors": "connectors are not supported",
    "coprocessor": "",
    "cors.policies": "write origins and match_origins",
    "demand_control": "",
    "experimental_chaos": "",
    "experimental_type_conditioned_fetching": "it is always on; remove it",
    "forbid_mutations": "",
    "fleet_detector": "nothing is reported anywhere; remove it",
    "health_check.listen": "health is served beside the GraphQL endpoint",
    "homepage.graph_ref": "",
    "license": "there is no licence to buy; remove it",
    "limits.http2_max_headers_list_bytes": "",
    "limits.introspection_max_depth": "",
    "limits.warn_only": "",
    "persisted_queries": "",
    "plugins": "",
    "preview_entity_cache": "",
    "preview_file_uploads": "",
    "progressive_override": "",
    "response_cache": "",
    "rhai": "",
    "sandbox": "write homepage; the page has the editor in it",
    "subscription": "",
    "supergraph.defer_support": "",
    "supergraph.early_cancel": "it is always on; remove it",
    "supergraph.generate_query_fragments": "",
    "supergraph.strict_variable_validation": "it is always on; remove it",
    "telemetry.apollo": "nothing is reported anywhere; remove it",
    "telemetry.exporters.tracing": "",
    "telemetry.instrumentation": "",
    "tls": "put a proxy that ends TLS in front",
    "traffic_shaping.all.compression": "",
    "traffic_shaping.all.dns_resolution_strategy": "",
    "traffic_shaping.all.experimental_http2": "",
    "traffic_shaping.all.experimental_retry": "",
    "traffic_shaping.all.global_rate_limit": "",
    "traffic_shaping.deduplicate_variables": "it is always on; remove it",
    "traffic_shaping.router.global_rate_limit": "",
    "traffic_shaping.subgraphs.*.compression": "",
    "traffic_shaping.subgraphs.*.experimental_http2": "",
    "traffic_shaping.subgraphs.*.experimental_retry": "",
    "traffic_shaping.subgraphs.*.global_rate_limit": "",
}
