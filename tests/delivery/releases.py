"""Which releases are checked: each chart with each of its values files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

OWN = Path(__file__).parent / "values"


@dataclass(frozen=True)
class Release:
    chart: str
    name: str
    #: Of charts/values/, or of this folder's own.
    values: str | None = None

    def __str__(self) -> str:
        return f"{self.chart}-{self.values or 'default'}"

    def arguments(self, charts: Path) -> list[str]:
        if self.values is None:
            return []
        own = OWN / f"{self.values}.yaml"
        return ["--values", str(own if own.exists() else charts / "values" / f"{self.values}.yaml")]


RELEASES = [
    *(Release("subgraph", name, name) for name in ("users", "courses", "enrollments")),
    Release("subgraph", "reviews", "subgraph-all"),
    Release("subgraph", "reviews", "subgraph-least"),
    Release("router", "router", "router"),
    Release("router", "graph"),
    Release("router", "router", "router-all"),
    Release("supergraph", "supergraph"),
]
