"""A built subgraph: what composition merges.

Invariant: ``schema`` is complete (every federation definition is there), every applied federation directive bears its
canonical name (:data:`KEY` and its like, whatever the subgraph imported it as), and its types carry no federation
machinery (``_Entity``, ``_Any``, ``_Service``, the ``_entities`` and ``_service`` fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.federation.field_set import FieldSet
from router.type_system.model import Schema

#: Canonical names. ``federation__`` is the default namespace of the feature, so no user directive can clash.
KEY = "federation__key"
REQUIRES = "federation__requires"
PROVIDES = "federation__provides"
EXTERNAL = "federation__external"
EXTENDS = "federation__extends"
SHAREABLE = "federation__shareable"
OVERRIDE = "federation__override"
INACCESSIBLE = "federation__inaccessible"
TAG = "federation__tag"
COMPOSE_DIRECTIVE = "federation__composeDirective"
INTERFACE_OBJECT = "federation__interfaceObject"
AUTHENTICATED = "federation__authenticated"
REQUIRES_SCOPES = "federation__requiresScopes"
POLICY = "federation__policy"
CONTEXT = "federation__context"
FROM_CONTEXT = "federation__fromContext"
COST = "federation__cost"
LIST_SIZE = "federation__listSize"
CACHE_TAG = "federation__cacheTag"

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LinkedFeature:
    """A feature that a schema links: ``url`` split into ``identity`` and ``version``.

    ``name`` is the namespace in this document (``as`` or the last part of the identity); ``imports`` maps an imported
    element as the feature names it (``@key``, ``FieldSet``) to its local name, with the ``@`` of directives kept.
    """

    identity: str
    version: Version
    name: str
    imports: Mapping[str, str] = field(default_factory=dict)
    purpose: str | None = None
    position: int = -1


@dataclass(frozen=True, slots=True)
class Key:
    """A ``@key`` on a type."""

    fields: FieldSet
    text: str
    resolvable: bool = True


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph, parsed, linked, completed and checked; ``sdl`` is the text that positions refer to.

    ``version`` is ``(1, 0)`` for a Federation 1 schema, which is upgraded before it is merged. ``beside`` are the
    federation directives that the document applies to federation's own machinery, which ``schema`` leaves out.
    """

    name: str
    url: str
    sdl: str
    schema: Schema
    version: Version
    features: tuple[LinkedFeature, ...] = ()
    beside: frozenset[str] = frozenset()

    def line_and_column(self, position: int) -> tuple[int, int] | None:
        """Turn an offset in ``sdl`` into a line and a column, both from 1; ``None`` for generated elements."""
        if position < 0:
            return None
        before = self.sdl.count("\n", 0, position)
        return before + 1, position - (self.sdl.rfind("\n", 0, position) + 1) + 1
