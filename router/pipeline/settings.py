"""Settings of the pipeline, with safe defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.execution.errors import ErrorPolicy
from router.operation.limits import DocumentLimits


@dataclass(frozen=True, slots=True)
class SubgraphSettings:
    """How one subgraph is asked. ``url`` stands in place of the supergraph's; ``timeout`` in seconds."""

    url: str | None = None
    timeout: float = 30.0
    max_response_bytes: int = 64 * 1024 * 1024
    deduplicate: bool = True


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What a pipeline allows and how it works.

    ``subgraph_errors`` and ``subgraphs`` are by subgraph name, ``""`` for all that aren't named. A document of more
    than ``inline_tokens``, or whose plan takes longer than ``inline_planning`` (seconds), is prepared in a process of
    its own, so that it holds up nobody else. ``planning_timeout`` is in seconds, ``planning_budget`` in paths. An
    operation is compiled once it was run ``compile_after`` times. ``deduplicate_requests`` lets identical client
    queries in flight share one answer.
    """

    introspection: bool = False
    subgraph_errors: Mapping[str, ErrorPolicy] = field(default_factory=dict)
    subgraphs: Mapping[str, SubgraphSettings] = field(default_factory=dict)
    max_document_bytes: int = 1024 * 1024
    max_tokens: int = 15_000
    max_depth: int | None = 100
    max_height: int | None = 10_000
    max_aliases: int | None = 500
    max_root_fields: int | None = 100
    max_directives: int | None = 500
    planning_timeout: float = 5.0
    planning_budget: int = 100_000
    inline_tokens: int = 1_000
    inline_planning: float = 0.03
    cache_entries: int = 1_000
    cache_bytes: int = 64 * 1024 * 1024
    deduplicate_requests: bool = False
    compiled: bool = True
    compile_after: int = 1

    @property
    def limits(self) -> DocumentLimits:
        """The limits on a document's shape."""
        return DocumentLimits(
            depth=self.max_depth,
            height=self.max_height,
            aliases=self.max_aliases,
            root_fields=self.max_root_fields,
            directives=self.max_directives,
        )

    def of_subgraph(self, name: str) -> SubgraphSettings:
        """Return a subgraph's settings."""
        return self.subgraphs.get(name) or self.subgraphs.get("") or SubgraphSettings()
