"""A ``@provides`` selects external fields of its field's type, and never stands in an interface."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.rules.field_set_problems import check_field_set
from router.type_system.model import InterfaceType, ObjectType, UnionType


def provides_are_valid(facts: Facts, findings: Findings) -> None:
    """``PROVIDES_INVALID_FIELDS``, ``PROVIDES_FIELDS_MISSING_EXTERNAL``, ``PROVIDES_ON_NON_OBJECT_FIELD`` ..."""
    for use in facts.field_sets.provides:
        position = use.application.position
        if not isinstance(facts.schema.types.get(use.parent), ObjectType | InterfaceType | UnionType):
            problem = f"has @provides and the type {use.parent}, which has no fields; remove the @provides"
            findings.add(ErrorCode.PROVIDES_ON_NON_OBJECT_FIELD, use.coordinate, problem, position)
            continue
        if isinstance(use.owner, InterfaceType):
            problem = "is a field of an interface with @provides; move it to the implementations"
            findings.add(ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE, use.coordinate, problem, position)
        check_field_set(facts, use, "provides", findings)
