"""``@cost`` never stands on a field of an interface."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.subgraph import COST
from router.type_system.model import InterfaceType


def costs_are_sound(facts: Facts, findings: Findings) -> None:
    """``COST_APPLIED_TO_INTERFACE_FIELD``: the cost of an interface's field is that of its implementations."""
    for definition in facts.schema.types.values():
        if not isinstance(definition, InterfaceType):
            continue
        for item in definition.fields.values():
            for application in item.directives:
                if application.name == COST:
                    problem = "is a field of an interface with @cost; put it on the implementations instead"
                    findings.add(
                        ErrorCode.COST_APPLIED_TO_INTERFACE_FIELD,
                        f"{definition.name}.{item.name}",
                        problem,
                        application.position,
                    )
