"""Which federation version has which directives and types, and how each is defined.

Enters: a version such as ``(2, 3)``. Leaves: a :class:`Vocabulary` with definitions under canonical names
(``federation__key``). Invariant: a vocabulary never changes, and each is read once a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from router.federation.subgraph import Version
from router.type_system.model import DirectiveDefinition
from router.type_system.reader import read_schema

FEDERATION_IDENTITY = "https://specs.apollo.dev/federation"
LINK_IDENTITY = "https://specs.apollo.dev/link"
CORE_IDENTITY = "https://specs.apollo.dev/core"
SPECS_DOMAIN = "https://specs.apollo.dev/"

#: A subgraph without a link to federation 2.
FEDERATION_1: Version = (1, 0)
FEDERATION_VERSIONS: tuple[Version, ...] = tuple((2, minor) for minor in range(16))
LINK_VERSIONS: frozenset[Version] = frozenset({(1, 0)})
CORE_VERSIONS: frozenset[Version] = frozenset({(0, 1), (0, 2)})

#: Connectors: a router would have to call REST services by itself.
UNSUPPORTED_FEATURES: frozenset[str] = frozenset({f"{SPECS_DOMAIN}connect"})

_TAG_LOCATIONS = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE"
    " | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_ACCESS_LOCATIONS = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

#: Definitions as each version adds them; a later one of the same name replaces the earlier.
_ADDED: tuple[tuple[Version, str], ...] = (
    (
        (1, 0),
        f"""
        scalar federation__FieldSet
        directive @federation__key(fields: federation__FieldSet!, resolvable: Boolean = true)
          repeatable on OBJECT | INTERFACE
        directive @federation__requires(fields: federation__FieldSet!) on FIELD_DEFINITION
        directive @federation__provides(fields: federation__FieldSet!) on FIELD_DEFINITION
        directive @federation__external(reason: String) on OBJECT | FIELD_DEFINITION
        directive @federation__tag(name: String!) repeatable on {_TAG_LOCATIONS}
        directive @federation__extends on OBJECT | INTERFACE
        """,
    ),
    (
        (2, 0),
        f"""
        directive @federation__shareable on OBJECT | FIELD_DEFINITION
        directive @federation__inaccessible on {_TAG_LOCATIONS}
        directive @federation__override(from: String!) on FIELD_DEFINITION
        """,
    ),
    ((2, 1), "directive @federation__composeDirective(name: String) repeatable on SCHEMA"),
    ((2, 2), "directive @federation__shareable repeatable on OBJECT | FIELD_DEFINITION"),
    (
        (2, 3),
        f"""
        directive @federation__tag(name: String!) repeatable on {_TAG_LOCATIONS} | SCHEMA
        directive @federation__interfaceObject on OBJECT
        """,
    ),
    (
        (2, 5),
        f"""
        scalar federation__Scope
        directive @federation__authenticated on {_ACCESS_LOCATIONS}
        directive @federation__requiresScopes(scopes: [[federation__Scope!]!]!) on {_ACCESS_LOCATIONS}
        """,
    ),
    (
        (2, 6),
        f"""
        scalar federation__Policy
        directive @federation__policy(policies: [[federation__Policy!]!]!) on {_ACCESS_LOCATIONS}
        """,
    ),
    ((2, 7), "directive @federation__override(from: String!, label: String) on FIELD_DEFINITION"),
    (
        (2, 8),
        """
        scalar federation__ContextFieldValue
        directive @federation__context(name: String!) repeatable on INTERFACE | OBJECT | UNION
        directive @federation__fromContext(field: federation__ContextFieldValue) on ARGUMENT_DEFINITION
        """,
    ),
    (
        (2, 9),
        """
        directive @federation__cost(weight: Int!)
          on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
        directive @federation__listSize(
          assumedSize: Int
          slicingArguments: [String!]
          sizedFields: [String!]
          requireOneSlicingArgument: Boolean = true
        ) on FIELD_DEFINITION
        """,
    ),
    ((2, 12), "directive @federation__cacheTag(format: String!) repeatable on OBJECT | FIELD_DEFINITION"),
)

#: Features that also stand on their own: their directives and types, which mean what federation's of these names do.
_OWN_FEATURES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    f"{SPECS_DOMAIN}tag": (("tag",), ()),
    f"{SPECS_DOMAIN}inaccessible": (("inaccessible",), ()),
    f"{SPECS_DOMAIN}authenticated": (("authenticated",), ()),
    f"{SPECS_DOMAIN}requiresScopes": (("requiresScopes",), ("Scope",)),
    f"{SPECS_DOMAIN}policy": (("policy",), ("Policy",)),
    f"{SPECS_DOMAIN}context": (("context", "fromContext"), ("ContextFieldValue",)),
    f"{SPECS_DOMAIN}cost": (("cost", "listSize"), ()),
}
#: Their versions; all others have v0.1 only.
_OWN_VERSIONS: Mapping[str, tuple[Version, ...]] = {
    f"{SPECS_DOMAIN}tag": ((0, 1), (0, 2), (0, 3)),
    f"{SPECS_DOMAIN}inaccessible": ((0, 1), (0, 2)),
}
#: Federation's directives by the feature that a supergraph links for them.
FEATURE_DIRECTIVES: Mapping[str, tuple[str, ...]] = {
    **{identity: directives for identity, (directives, _) in _OWN_FEATURES.items()},
    f"{SPECS_DOMAIN}cacheTag": ("cacheTag",),
}
_FIRST_LOCATIONS = frozenset({"FIELD_DEFINITION", "OBJECT", "INTERFACE", "UNION"})

_LINK = """
    scalar link__Import
    enum link__Purpose { SECURITY EXECUTION }
    directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
"""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a feature defines; ``directives`` by bare name (``key``), ``types`` by bare name (``FieldSet``)."""

    directives: Mapping[str, DirectiveDefinition]
    types: tuple[str, ...]


@cache
def federation_vocabulary(version: Version) -> Vocabulary:
    """Return what a version of federation defines, in the order in which it came in."""
    directives: dict[str, DirectiveDefinition] = {}
    types: list[str] = []
    for since, sdl in _ADDED:
        if since > version:
            break
        schema = read_schema(sdl)
        for name, definition in schema.directive_definitions.items():
            directives[name.removeprefix("federation__")] = definition
        types.extend(name.removeprefix("federation__") for name in schema.types)
    return Vocabulary(directives, tuple(types))


@cache
def own_vocabulary(identity: str, version: Version) -> Vocabulary | None:
    """Return what a feature that stands on its own defines, ``None`` where it or its version isn't known."""
    names, types = _OWN_FEATURES.get(identity, ((), ()))
    if not names or version not in _OWN_VERSIONS.get(identity, ((0, 1),)):
        return None
    known = federation_vocabulary(FEDERATION_VERSIONS[-1]).directives
    definitions = {name: known[name] for name in names}
    if identity in _OWN_VERSIONS:
        definitions = {name: _as_of(definition, version) for name, definition in definitions.items()}
    return Vocabulary(definitions, types)


def _as_of(definition: DirectiveDefinition, version: Version) -> DirectiveDefinition:
    """Leave out the locations that came later: all but the first in v0.2, schemas in v0.3."""
    later = {"SCHEMA"} if version == (0, 2) else set(definition.locations) - _FIRST_LOCATIONS
    if version == (0, 3):
        return definition
    locations = tuple(location for location in definition.locations if location not in later)
    return replace(definition, locations=locations)


@cache
def link_definition() -> DirectiveDefinition:
    """Return the definition of ``@link``, with its own types in the ``link__`` namespace."""
    return read_schema(_LINK).directive_definitions["link"]


@cache
def known_directives() -> frozenset[str]:
    """Return the bare names of the directives of every version, to tell a missing import from a misspelling."""
    return frozenset(federation_vocabulary(FEDERATION_VERSIONS[-1]).directives)
