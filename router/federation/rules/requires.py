"""A ``@requires`` selects external fields of its type, and never stands in an interface."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.rules.field_set_problems import check_field_set
from router.type_system.model import InterfaceType


def requires_are_valid(facts: Facts, findings: Findings) -> None:
    """``REQUIRES_INVALID_FIELDS``, ``REQUIRES_FIELDS_MISSING_EXTERNAL``, ``REQUIRES_UNSUPPORTED_ON_INTERFACE`` ..."""
    for use in facts.field_sets.requires:
        if isinstance(use.owner, InterfaceType):
            problem = "is a field of an interface with @requires; move it to the implementations"
            findings.add(ErrorCode.REQUIRES_UNSUPPORTED_ON_INTERFACE, use.coordinate, problem, use.application.position)
        check_field_set(facts, use, "requires", findings)
