"""Small sets of subgraphs, and what composing them gives, in few words."""

from __future__ import annotations

import re

from router.composition.compose import Composition, compose
from router.supergraph.model import JoinField, Supergraph, TypeJoins
from router.type_system.model import TypeDefinition

_DIRECTIVES = (
    "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@tag",
    "@interfaceObject", "@composeDirective", "@authenticated", "@requiresScopes", "@policy", "@context",
    "@fromContext", "@cost", "@listSize", "@cacheTag",
)  # fmt: skip


def federated(sdl: str, version: str = "v2.12") -> str:
    """Return SDL with a link to federation that imports all that it uses."""
    used = [f'"{name}"' for name in _DIRECTIVES if re.search(rf"{name}\b", sdl)]
    link = f'extend schema @link(url: "https://specs.apollo.dev/federation/{version}", import: [{", ".join(used)}])'
    return f"{link}\n{sdl}"


def composed(**subgraphs: str) -> Composition:
    """Compose subgraphs given without their links."""
    return compose({name: federated(sdl) for name, sdl in subgraphs.items()})


def errors(**subgraphs: str) -> set[str]:
    """Return the codes of the errors."""
    return {error.code.value for error in composed(**subgraphs).errors}


def hints(**subgraphs: str) -> set[str]:
    """Return the codes of the hints; the set must compose."""
    composition = composed(**subgraphs)
    assert composition.errors == ()
    return {hint.code.value for hint in composition.hints}


def supergraph(**subgraphs: str) -> Supergraph:
    """Return the supergraph; the set must compose."""
    composition = composed(**subgraphs)
    assert composition.supergraph is not None, composition.errors
    return composition.supergraph


def definition(name: str, **subgraphs: str) -> TypeDefinition:
    """Return a type of the supergraph."""
    return supergraph(**subgraphs).schema.types[name]


def joins(name: str, **subgraphs: str) -> TypeJoins:
    """Return the joins of a type."""
    return supergraph(**subgraphs).joins[name]


def field_joins(coordinate: str, **subgraphs: str) -> dict[str | None, JoinField]:
    """Return the joins of a field by graph id."""
    type_name, _, field_name = coordinate.partition(".")
    return {join.graph: join for join in joins(type_name, **subgraphs).fields.get(field_name, ())}


def api(**subgraphs: str) -> str:
    """Return the text of the API schema; the set must compose."""
    text = composed(**subgraphs).api_sdl
    assert text is not None
    return text


def described(definition: object, *path: str) -> str | None:
    """Return the description of an element reached by the names of its fields, arguments or values."""
    element = definition
    for name in path:
        for children in ("fields", "arguments", "values"):
            found = getattr(element, children, {}).get(name)
            if found is not None:
                element = found
                break
    description: str | None = element.description  # type: ignore[attr-defined]
    return description
