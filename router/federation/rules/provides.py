"""A ``@provides`` selects external fields of its field's type, and never stands in an interface."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.rules.field_set_problems import check_field_set
from router.type_system.model import InterfaceType, ObjectType, UnionType


def provides_on_resolved_composites(facts: Facts, findings: Findings) -> None:
    """``PROVIDES_ON_NON_OBJECT_FIELD``, ``EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE``: nothing can be provided.

    Either the type has no fields, or this subgraph doesn't resolve the field. Only the first is reported.
    """
    for use in facts.field_sets.provides:
        code = ErrorCode.PROVIDES_ON_NON_OBJECT_FIELD
        if use.field is not None and (use.owner.name, use.field.name) in facts.external:
            code = ErrorCode.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE
            problem = "is @external and has @provides; remove one of the two"
        elif not isinstance(facts.schema.types.get(use.parent), ObjectType | InterfaceType | UnionType):
            problem = f"has @provides and the type {use.parent}, which has no fields; remove the @provides"
        else:
            continue
        findings.add(code, use.coordinate, problem, use.application.position)
        return


def provides_are_valid(facts: Facts, findings: Findings) -> None:
    """``PROVIDES_INVALID_FIELDS``, ``PROVIDES_FIELDS_MISSING_EXTERNAL``, ``PROVIDES_UNSUPPORTED_ON_INTERFACE`` ..."""
    for use in facts.field_sets.provides:
        if isinstance(use.owner, InterfaceType):
            problem = "is a field of an interface with @provides; move it to the implementations"
            position = use.application.position
            findings.add(ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE, use.coordinate, problem, position)
        check_field_set(facts, use, "provides", findings)
