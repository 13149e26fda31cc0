"""Settings as users write them -> settings as the pipeline takes them.

Enters: :class:`~router.config.settings.Settings`. Leaves: :class:`~router.pipeline.PipelineSettings`. Invariant: a
setting by subgraph stands in place of the one for all, as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router.config.settings import Settings
from router.config.traffic import ErrorPolicySection, SubgraphShaping
from router.pipeline import ErrorPolicy, PipelineSettings, SubgraphSettings


def to_pipeline_settings(
    settings: Settings, subgraphs: Iterable[str], urls: Mapping[str, str] | None = None
) -> PipelineSettings:
    """Translate settings for a supergraph with these subgraphs; ``urls`` win over ``override_subgraph_url``."""
    shaping = settings.traffic_shaping
    overrides = {**settings.override_subgraph_url, **(urls or {})}
    limits, planning = settings.limits, settings.supergraph.query_planning
    by_name = {name: _subgraph(shaping.subgraphs.get(name, shaping.all), overrides.get(name)) for name in subgraphs}
    shown = settings.include_subgraph_errors
    return PipelineSettings(
        introspection=settings.supergraph.introspection,
        subgraph_errors={
            "": _error_policy(shown.all),
            **{name: _error_policy(value) for name, value in shown.subgraphs.items()},
        },
        subgraphs={"": _subgraph(shaping.all, None), **by_name},
        max_tokens=limits.parser_max_tokens,
        max_depth=limits.max_depth,
        max_height=limits.max_height,
        max_aliases=limits.max_aliases,
        max_root_fields=limits.max_root_fields,
        max_directives=limits.max_directives,
        planning_timeout=planning.timeout,
        planning_budget=planning.paths_limit,
        deduplicate_requests=shaping.router.deduplicate_query,
        cache_entries=planning.cache.in_memory.limit,
        cache_bytes=planning.cache.in_memory.max_bytes,
    )


def _subgraph(shaping: SubgraphShaping, url: str | None) -> SubgraphSettings:
    return SubgraphSettings(
        url=url,
        timeout=shaping.timeout,
        max_response_bytes=shaping.max_response_bytes,
        deduplicate=shaping.deduplicate_query,
    )


def _error_policy(shown: ErrorPolicySection) -> ErrorPolicy:
    keys = shown.allow_extensions_keys
    return ErrorPolicy(message=not shown.redact_message, extensions=None if keys is None else frozenset(keys))
