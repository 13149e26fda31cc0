"""The specifications that a supergraph links by ``@link`` or, in older ones, ``@core``.

Enters: the schema of a supergraph document as read. Leaves: :class:`LinkedFeatures`, where every element of a feature
has its local name, whatever ``as`` and ``import`` say. Invariant: a feature that the router would have to understand
(``for: SECURITY`` or ``for: EXECUTION``) and doesn't is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from router.errors import InvalidSupergraph
from router.federation.subgraph import LinkedFeature
from router.federation.versions import FEATURE_DIRECTIVES, SPECS_DOMAIN
from router.type_system.model import AppliedDirective, Schema
from router.type_system.values import EnumValue, ObjectValue, Value

JOIN_IDENTITY = f"{SPECS_DOMAIN}join"
#: Features with a purpose (security or execution) that the router honours, and the major versions that it knows.
SUPPORTED: Mapping[str, tuple[int, ...]] = dict.fromkeys((JOIN_IDENTITY, *FEATURE_DIRECTIVES), (0,))

_VERSION = re.compile(r"v(\d+)\.(\d+)$")


@dataclass(frozen=True, slots=True)
class LinkedFeatures:
    """``linking`` is ``link`` or ``core`` itself, ``join`` the join specification, ``others`` all the rest."""

    linking: LinkedFeature
    join: LinkedFeature
    others: tuple[LinkedFeature, ...]


def read_features(schema: Schema) -> LinkedFeatures:
    """Find the linked features. Raises :class:`InvalidSupergraph` without a line; the caller adds it."""
    linking = _find_linking_feature(schema.directives)
    if linking is None:
        raise NotASupergraph
    argument = "feature" if linking.identity.endswith("/core") else "url"
    features = [_read_feature(directive, argument) for directive in schema.directives if directive.name == linking.name]
    join = next((feature for feature in features if feature.identity == JOIN_IDENTITY), None)
    if join is None:
        raise NotASupergraph
    if join.version not in {(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)}:
        raise FeatureProblem(
            f"the join specification v{join.version[0]}.{join.version[1]} is not known; v0.1 to v0.5 are. "
            "Compose the supergraph with a version that writes one of these",
            join.position,
        )
    others = tuple(feature for feature in features if feature is not join and feature.identity != linking.identity)
    for feature in others:
        _check_supported(feature)
    return LinkedFeatures(linking, join, others)


class NotASupergraph(InvalidSupergraph):
    """The document links neither the join specification nor anything else that a supergraph has."""


class FeatureProblem(InvalidSupergraph):
    """A link is malformed or not supported; ``position`` is its offset in the document."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def _find_linking_feature(directives: tuple[AppliedDirective, ...]) -> LinkedFeature | None:
    """Find the one directive that links its own specification: ``@link`` or ``@core``, maybe renamed by ``as``."""
    for directive in directives:
        for argument, name in (("url", "link"), ("feature", "core")):
            url = directive.arguments.get(argument)
            if not isinstance(url, str) or not url.startswith(f"{SPECS_DOMAIN}{name}/"):
                continue
            if directive.arguments.get("as", name) == directive.name:
                return _read_feature(directive, argument)
    return None


def _read_feature(directive: AppliedDirective, argument: str) -> LinkedFeature:
    url = directive.arguments.get(argument)
    if not isinstance(url, str) or not url:
        raise FeatureProblem(f"@{directive.name} has no {argument}", directive.position)
    head, _, last = url.rstrip("/").rpartition("/")
    version = _VERSION.match(last)
    identity = head if version and head else url.rstrip("/")
    name = directive.arguments.get("as")
    purpose = directive.arguments.get("for")
    return LinkedFeature(
        identity=identity,
        version=(int(version[1]), int(version[2])) if version else (0, 0),
        name=name if isinstance(name, str) else identity.rsplit("/", 1)[-1],
        imports=dict(_read_imports(directive.arguments.get("import"), directive)),
        purpose=purpose.name if isinstance(purpose, EnumValue) else None,
        position=directive.position,
    )


def _read_imports(value: Value, directive: AppliedDirective) -> list[tuple[str, str]]:
    if value is None:
        return []
    imports: list[tuple[str, str]] = []
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, str):
            imports.append((item, item))
            continue
        name = item.get("name") if isinstance(item, ObjectValue) else None
        local = item.get("as") if isinstance(item, ObjectValue) else None
        if not isinstance(name, str) or not (local is None or isinstance(local, str)):
            raise FeatureProblem(
                f'@{directive.name}(import:) takes names and {{name: "...", as: "..."}} only', directive.position
            )
        imports.append((name, local or name))
    return imports


def _check_supported(feature: LinkedFeature) -> None:
    if feature.purpose not in {"SECURITY", "EXECUTION"}:
        return
    versions = SUPPORTED.get(feature.identity)
    if versions is not None and feature.version[0] in versions:
        return
    number = f"v{feature.version[0]}.{feature.version[1]}"
    raise FeatureProblem(
        f"the feature {feature.identity} {number} is linked for {feature.purpose}, so a router must understand it to "
        "serve this supergraph, and this router does not. Remove the feature from the subgraphs and compose again",
        feature.position,
    )


def local_name(feature: LinkedFeature, element: str) -> str:
    """Return what ``element`` of a feature (``field``, or with an ``@`` for a directive) is called in the document."""
    imported = feature.imports.get(element)
    if imported is not None:
        return imported.removeprefix("@")
    plain = element.removeprefix("@")
    is_main = element.startswith("@") and plain == feature.identity.rsplit("/", 1)[-1]
    return feature.name if is_main else f"{feature.name}__{plain}"
