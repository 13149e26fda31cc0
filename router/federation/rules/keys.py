"""A ``@key`` selects plain fields of its type; on an interface it needs federation 2.3."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.rules.field_set_problems import check_field_set
from router.type_system.model import InterfaceType


def keys_are_valid(facts: Facts, findings: Findings) -> None:
    """``KEY_INVALID_FIELDS``, ``KEY_INVALID_FIELDS_TYPE``, ``KEY_FIELDS_HAS_ARGS`` and their like."""
    too_early = facts.subgraph.version < (2, 3)
    for use in facts.field_sets.keys:
        sound = check_field_set(facts, use, "key", findings)
        if sound and too_early and isinstance(use.owner, InterfaceType):
            problem = "is an interface with a @key; link federation v2.3 or later, or remove the key"
            findings.add(ErrorCode.KEY_UNSUPPORTED_ON_INTERFACE, use.coordinate, problem, use.application.position)
