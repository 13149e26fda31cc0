"""An ``@external`` field stands in an object, and something in its subgraph uses it."""

from __future__ import annotations

from router.federation.context_field import fields_from_contexts
from router.federation.errors import ErrorCode
from router.federation.facts import Facts, used_fields
from router.federation.findings import Findings
from router.federation.versions import FEDERATION_1
from router.type_system.model import InterfaceType, ObjectType


def externals_not_on_interfaces(facts: Facts, findings: Findings) -> None:
    """``EXTERNAL_ON_INTERFACE``: an interface resolves nothing, so nothing of it can be external."""
    for owner, name in sorted(facts.external):
        definition = facts.schema.types[owner]
        if isinstance(definition, InterfaceType):
            problem = "is a field of an interface and @external; remove the @external"
            findings.add(ErrorCode.EXTERNAL_ON_INTERFACE, f"{owner}.{name}", problem, definition.fields[name].position)


def externals_are_used(facts: Facts, findings: Findings) -> None:
    """``EXTERNAL_UNUSED``: what no ``@key``, ``@requires``, ``@provides`` or interface uses can go.

    In Federation 1 unused externals were allowed, and the upgrade has dropped them. One may be left, which only a
    dropped one used.
    """
    if not facts.external or facts.subgraph.version == FEDERATION_1:
        return
    for owner, name in sorted(facts.external - used_fields(facts, fields_from_contexts(facts.schema))):
        definition = facts.schema.types[owner]
        assert isinstance(definition, ObjectType | InterfaceType)
        problem = "is @external and used by no @key, @requires, @provides or interface; remove it, or the @external"
        findings.add(ErrorCode.EXTERNAL_UNUSED, f"{owner}.{name}", problem, definition.fields[name].position)
