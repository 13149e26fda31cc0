"""A generated world: subgraph SDL and one data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from router.verification.generate.blueprint import Blueprint
from router.verification.generate.monolith_first import build_monolith
from router.verification.generate.sdl import print_subgraph
from router.verification.generate.split import split


@dataclass(frozen=True, slots=True)
class World:
    """``subgraphs`` maps names to SDL; ``data`` is a data set; ``used`` names the directives and cases within."""

    seed: int
    subgraphs: Mapping[str, str]
    data: Mapping[str, Any]
    used: frozenset[str]


def generate_world(seed: int) -> World:
    """Make a world of two to four subgraphs."""
    random = Random(seed)  # noqa: S311 - worlds must be repeatable, not secret
    subgraphs = [f"s{number}" for number in range(random.randint(2, 4))]
    federation_1 = {name for name in subgraphs if random.random() < 0.12}
    blueprint = Blueprint(random, subgraphs, federation_1)
    build_monolith(blueprint)
    split(blueprint)
    sdl = {name: print_subgraph(blueprint, name) for name in blueprint.subgraphs}
    return World(
        seed, {name: text for name, text in sdl.items() if "type " in text}, blueprint.data, frozenset(blueprint.used)
    )
