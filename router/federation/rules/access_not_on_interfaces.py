"""Access requirements stand on what is resolved: never on interfaces, their fields, or a whole interface object."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.subgraph import AUTHENTICATED, INTERFACE_OBJECT, POLICY, REQUIRES_SCOPES
from router.type_system.model import AppliedDirective, InterfaceType, ObjectType

_ACCESS = frozenset({AUTHENTICATED, REQUIRES_SCOPES, POLICY})


def access_not_on_interfaces(facts: Facts, findings: Findings) -> None:
    """``AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE``: the supergraph derives what an interface requires."""
    for definition in facts.schema.types.values():
        if isinstance(definition, InterfaceType):
            kind = "interface"
        elif isinstance(definition, ObjectType) and any(one.name == INTERFACE_OBJECT for one in definition.directives):
            kind = "interface object"
        else:
            continue
        for application in definition.directives:
            _check(application, definition.name, kind, findings)
        if kind == "interface object":
            continue
        for item in definition.fields.values():
            for application in item.directives:
                _check(application, f"{definition.name}.{item.name}", "field of an interface", findings)


def _check(application: AppliedDirective, coordinate: str, kind: str, findings: Findings) -> None:
    if application.name in _ACCESS:
        name = application.name.removeprefix("federation__")
        problem = f"is an {kind} with @{name}" if kind.startswith("interface") else f"is a {kind} with @{name}"
        findings.add(
            ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
            coordinate,
            f"{problem}; put it on the implementations instead",
            application.position,
        )
