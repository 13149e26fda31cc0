"""An ``@interfaceObject`` is an entity: a type with a ``@key``."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.subgraph import INTERFACE_OBJECT, KEY
from router.type_system.model import ObjectType


def interface_objects_have_keys(facts: Facts, findings: Findings) -> None:
    """``INTERFACE_OBJECT_USAGE_ERROR``: without a key nothing could be looked up."""
    for definition in facts.schema.types.values():
        if not isinstance(definition, ObjectType) or not definition.directives:
            continue
        names = {item.name for item in definition.directives}
        if INTERFACE_OBJECT in names and KEY not in names:
            problem = "is an @interfaceObject without a @key; add the key of the interface"
            findings.add(ErrorCode.INTERFACE_OBJECT_USAGE_ERROR, definition.name, problem, definition.position)
