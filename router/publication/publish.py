"""Publishing one subgraph's schema: checked before its rollout, published after it.

Enters: a :class:`Publication`, a cluster. Leaves: lines for people, or a refusal. Invariant: a router never plans a
field that a running pod of the subgraph lacks. So what is new is published when every pod is new, and what goes is
taken out before the first pod is new (expand, then contract), and either step waits until it holds everywhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from router.errors import InputError, RouterError
from router.publication.cluster import ConfigMap, Rollout
from router.publication.gate import FindBroken, Verdict, contracted, is_refused, judge
from router.publication.published import (
    PublishedGraph,
    PublishedSubgraph,
    read_published,
    supergraph_id,
    write_entries,
)
from router.publication.running_routers import ask_routers

PHASES: Final = ("check", "before-rollout", "after-rollout")
_TRIES: Final = 20
_PAUSE: Final = 1.0
Say = Callable[[str], None]


class PublicationRefused(InputError):
    """The gate refuses a schema; ``verdict`` says why."""

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict


class NotInTime(RouterError):
    """The rollout, or a router, took longer than allowed."""


class Store(Protocol):
    """What :class:`~router.publication.cluster.Cluster` does."""

    def read(self, name: str) -> ConfigMap: ...
    def replace(self, name: str, known: ConfigMap, entries: dict[str, str]) -> bool: ...
    def rollout(self, name: str) -> Rollout: ...


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published, and what to wait for.

    ``candidate`` is ``None`` to take the subgraph out. ``settle`` and ``timeout`` are seconds; the first is how long
    an old pod goes on serving after a rollout counts as done.
    """

    name: str
    candidate: PublishedSubgraph | None
    config_map: str
    phase: str = "after-rollout"
    find_broken: FindBroken | None = None
    allow_breaking: bool = False
    deployment: str | None = None
    routers: str | None = None
    settle: float = 0.0
    timeout: float = 900.0


async def publish(publication: Publication, store: Store, say: Say) -> None:
    """Do one phase. Raises :class:`PublicationRefused`, :class:`NotInTime`, or an error of the cluster."""
    deadline = time.monotonic() + publication.timeout
    match publication.phase:
        case "check":
            _report(_check(publication, _read(publication, store)), publication, say)
        case "before-rollout":
            published = _read(publication, store)
            _report(_check(publication, published), publication, say)
            await _contract(publication, published, store, deadline, say)
        case _:
            await _wait_for_rollout(publication, store, deadline, say)
            sdl = _swap(publication, store, say)
            await _wait_for_routers(publication, sdl, deadline, say)


def _read(publication: Publication, store: Store) -> PublishedGraph:
    return read_published(store.read(publication.config_map).entries)


def _check(publication: Publication, published: PublishedGraph) -> Verdict:
    verdict = judge(published, publication.name, publication.candidate, publication.find_broken)
    has_operations = publication.find_broken is not None
    if is_refused(verdict, has_operations=has_operations, allow_breaking=publication.allow_breaking):
        raise PublicationRefused("\n".join(_reasons(publication, verdict)), verdict)
    return verdict


def _reasons(publication: Publication, verdict: Verdict) -> Iterator[str]:
    name = publication.name
    if not verdict.composes:
        yield f"{name} does not compose with what the other subgraphs have published; nothing was changed"
        return
    yield f"{name} would break clients; nothing was changed"
    yield from _effects(name, verdict)
    yield (
        "Keep what is named, deprecated, until no client asks for it; then publish again"
        + (
            "."
            if publication.find_broken is not None
            else ", with --allow-breaking (chart: schema.allowBreaking=true)."
        )
    )


def _effects(name: str, verdict: Verdict) -> Iterator[str]:
    for change in verdict.breaking():
        yield f"  {name}: {change.coordinate}: {change.message} [{change.code}]"
    for broken in verdict.broken:
        yield f"  operation {broken.name} breaks: {'; '.join(broken.reasons)}"


def _report(verdict: Verdict, publication: Publication, say: Say) -> None:
    breaking = verdict.breaking()
    say(f"{publication.name}: {len(verdict.changes)} changes of the supergraph, {len(breaking)} of them breaking")
    for line in _effects(publication.name, verdict):
        say(line)


async def _contract(
    publication: Publication, published: PublishedGraph, store: Store, deadline: float, say: Say
) -> None:
    """Take out what the new version lacks, before the first of its pods answers."""
    old, new = published.get(publication.name), publication.candidate
    common = contracted(old, new) if old is not None and new is not None else None
    if common is None:
        say(f"{publication.name}: the new version serves all that is published, so nothing is taken out")
        return
    say(f"{publication.name}: the new version lacks some of what is published, so that is taken out first")
    # What it breaks was told, and let pass, by the check.
    step = replace(publication, candidate=common, allow_breaking=True)
    try:
        sdl = _swap(step, store, say)
    except PublicationRefused as refused:
        raise PublicationRefused(
            f"{publication.name}: what the old and the new version both serve does not compose, so no way is safe "
            "from one to the other in one step. Release what is new first, and take away what is old after it.",
            refused.verdict,
        ) from None
    await _wait_for_routers(step, sdl, deadline, say)
    # Requests that began with the old supergraph.
    await asyncio.sleep(publication.settle)


def _swap(publication: Publication, store: Store, say: Say) -> str | None:
    """Compare and swap until nobody came between; each try judges what is published then. Returns the supergraph."""
    allowing = replace(publication, find_broken=None)
    for _ in range(_TRIES):
        known = store.read(publication.config_map)
        published = read_published(known.entries)
        if publication.candidate is not None and published.get(publication.name) == publication.candidate:
            current = published.supergraph_sdl
            if current is not None:
                say(f"{publication.name}: already published, in supergraph {supergraph_id(current)}")
                return current
        verdict = _check(publication if not publication.allow_breaking else allowing, published)
        entries = write_entries(known.entries, verdict.subgraphs, verdict.supergraph_sdl)
        if store.replace(publication.config_map, known, entries):
            sdl = verdict.supergraph_sdl
            say(f"{publication.name}: published, supergraph {supergraph_id(sdl) if sdl else '(none)'}")
            return sdl
        say(f"{publication.name}: somebody else published at the same time; once more")
    raise NotInTime(f"ConfigMap {publication.config_map} changed {_TRIES} times while publishing; try again")


async def _wait_for_rollout(publication: Publication, store: Store, deadline: float, say: Say) -> None:
    if publication.deployment is None:
        return
    told = ""
    while not (state := await asyncio.to_thread(store.rollout, publication.deployment)).done:
        if state.problem is not None:
            raise NotInTime(f"the rollout of {publication.deployment} failed, so nothing is published: {state.problem}")
        if time.monotonic() > deadline:
            raise NotInTime(
                f"the rollout of {publication.deployment} isn't done in time ({state.text}), so nothing is published"
            )
        if state.text != told:
            told = state.text
            say(f"{publication.name}: waiting for the rollout: {told}")
        await asyncio.sleep(_PAUSE)
    # Pods that are being stopped count no longer, but still answer on connections that they have.
    await asyncio.sleep(publication.settle)


async def _wait_for_routers(publication: Publication, sdl: str | None, deadline: float, say: Say) -> None:
    if publication.routers is None or sdl is None:
        return
    wanted, told = supergraph_id(sdl), ""
    while True:
        routers = await ask_routers(publication.routers)
        late = [each for each in routers if each.supergraph != wanted]
        if not late:
            say(f"{publication.name}: {len(routers)} routers serve supergraph {wanted}")
            return
        text = ", ".join(f"{each.address} serves {each.supergraph or 'none'}" for each in late)
        if time.monotonic() > deadline:
            raise NotInTime(f"supergraph {wanted} is published, but not every router serves it in time: {text}")
        if text != told:
            told = text
            say(f"{publication.name}: waiting for {len(late)} of {len(routers)} routers: {text}")
        await asyncio.sleep(_PAUSE)
