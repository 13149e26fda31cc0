"""Subgraphs -> a supergraph, or the reasons why not: the whole of composition on one screen.

Enters: subgraphs as name, url and SDL. Leaves: a :class:`Composition`. Invariant: it has either a supergraph or
errors; the order in which subgraphs are given changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from router.composition.merge import merge_subgraphs
from router.composition.merge.state import start_merge
from router.composition.rules import check_rules
from router.composition.satisfiability import check_satisfiability
from router.federation.build import SubgraphSource, build_subgraphs
from router.federation.errors import CompositionError, CompositionHint
from router.supergraph.api_schema import api_schema
from router.supergraph.api_text import print_api_schema
from router.supergraph.model import Supergraph
from router.supergraph.writer import write_supergraph
from router.type_system.model import Schema

#: A subgraph's SDL, its url and SDL, or both with its name.
SubgraphInput: TypeAlias = "str | tuple[str, str] | SubgraphSource"


class Composition:
    """What composing subgraphs gave.

    ``supergraph`` is ``None`` exactly where there are ``errors``. Texts are made when asked for, and then kept;
    they are ``None`` where there is no supergraph.
    """

    def __init__(
        self,
        supergraph: Supergraph | None,
        errors: Sequence[CompositionError] = (),
        hints: Sequence[CompositionHint] = (),
    ) -> None:
        self.supergraph = supergraph
        self.errors = tuple(errors)
        self.hints = tuple(hints)

    def __repr__(self) -> str:
        verdict = "no supergraph" if self.supergraph is None else f"{len(self.supergraph.graphs)} subgraphs"
        return f"<Composition: {verdict}, {len(self.errors)} errors, {len(self.hints)} hints>"

    @cached_property
    def supergraph_sdl(self) -> str | None:
        """The supergraph as join-specification SDL."""
        return None if self.supergraph is None else write_supergraph(self.supergraph)

    @cached_property
    def api_schema(self) -> Schema | None:
        """What clients see."""
        return None if self.supergraph is None else api_schema(self.supergraph)

    @cached_property
    def api_sdl(self) -> str | None:
        """The API schema as sorted SDL."""
        return None if self.api_schema is None else print_api_schema(self.api_schema)


def compose(subgraphs: Mapping[str, SubgraphInput]) -> Composition:
    """Compose subgraphs given by name: ``compose({"users": sdl, "courses": (url, sdl)})``."""
    sources = []
    for name, given in subgraphs.items():
        match given:
            case SubgraphSource():
                sources.append(given)
            case str():
                sources.append(SubgraphSource(name, "", given))
            case (url, sdl):
                sources.append(SubgraphSource(name, url, sdl))
    return compose_subgraphs(sources)


def compose_subgraphs(sources: Sequence[SubgraphSource]) -> Composition:
    """Build, merge, check: each stage runs only if the ones before found nothing."""
    built = build_subgraphs(sources)
    if built.errors:
        return Composition(None, built.errors)
    merge = start_merge(built.subgraphs)
    report = merge.report
    supergraph = merge_subgraphs(merge)
    if supergraph is None or report.errors:
        return Composition(None, report.errors)
    check_rules(merge, supergraph)
    if report.errors:
        return Composition(None, report.errors)
    satisfiability = check_satisfiability(supergraph)
    if satisfiability.errors:
        return Composition(None, satisfiability.errors)
    return Composition(supergraph, (), (*report.hints, *satisfiability.hints))
