"""May this schema be published? The candidate beside what all others have published.

Enters: the published graph, a candidate, the operations of clients. Leaves: a :class:`Verdict`. Invariant: pure; the
same input gets the same verdict, whether it is asked before the rollout or after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from router.composition.compose import Composition, compose_subgraphs
from router.federation.build import SubgraphSource
from router.publication.intersection import intersect, lost_elements
from router.publication.published import PublishedGraph, PublishedSubgraph
from router.supergraph.api_schema import api_schema
from router.supergraph.changes import SchemaChange, Severity, compare_schemas
from router.supergraph.reader import read_supergraph
from router.type_system.model import Schema


class Broken(Protocol):
    """A recorded operation that the change breaks, and why."""

    @property
    def name(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


#: The operations that the first schema allows and the second doesn't; ``None`` in its place: none are recorded.
FindBroken = Callable[[Schema, Schema], Sequence[Broken]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a candidate does. ``supergraph_sdl`` is there where it composes."""

    subgraphs: tuple[PublishedSubgraph, ...]
    composition: Composition | None
    supergraph_sdl: str | None
    changes: tuple[SchemaChange, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def composes(self) -> bool:
        """Whether the candidate and the others make up a supergraph, or nothing is left to make one up."""
        return self.supergraph_sdl is not None or not self.subgraphs

    def breaking(self) -> list[SchemaChange]:
        """Return the changes that can break clients."""
        return [change for change in self.changes if change.severity is Severity.BREAKING]


def judge(
    published: PublishedGraph, name: str, candidate: PublishedSubgraph | None, find_broken: FindBroken | None
) -> Verdict:
    """Compose a candidate (``None``: without the subgraph) with the others, and compare what clients see."""
    subgraphs = published.replacing(name, candidate)
    if not subgraphs:
        return Verdict((), None, None)
    composition = compose_subgraphs([SubgraphSource(each.name, each.url, each.sdl) for each in subgraphs])
    if composition.errors or composition.supergraph_sdl is None:
        return Verdict(subgraphs, composition, None)
    if published.supergraph_sdl is None:
        return Verdict(subgraphs, composition, composition.supergraph_sdl)
    old, new = (api_schema(read_supergraph(sdl)) for sdl in (published.supergraph_sdl, composition.supergraph_sdl))
    broken = tuple(find_broken(old, new)) if find_broken is not None else ()
    changes = tuple(compare_schemas(old, new))
    return Verdict(subgraphs, composition, composition.supergraph_sdl, changes, broken)


def is_refused(verdict: Verdict, *, has_operations: bool, allow_breaking: bool) -> bool:
    """Whether it may not be published. Where operations are recorded, they alone say what breaks."""
    if not verdict.composes:
        return True
    return not allow_breaking and bool(verdict.broken if has_operations else verdict.breaking())


def contracted(published: PublishedSubgraph, candidate: PublishedSubgraph) -> PublishedSubgraph | None:
    """Return what to publish before the rollout: what both versions serve; ``None`` where all of the old one stays."""
    common = intersect(published.sdl, candidate.sdl)
    if not lost_elements(published.sdl, common):
        return None
    return PublishedSubgraph(candidate.name, published.url, common)
