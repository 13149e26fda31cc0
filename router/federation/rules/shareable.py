"""``@shareable`` stands where something is resolved, and once in each part of a type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.findings import Findings
from router.federation.subgraph import SHAREABLE
from router.type_system.model import AppliedDirective, InterfaceType, ObjectType

_EXTEND = re.compile(r"\bextend\b")


def shareable_where_resolved(facts: Facts, findings: Findings) -> None:
    """``INVALID_SHAREABLE_USAGE``: on a field of an interface, or twice at one place."""
    for definition in facts.schema.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        _check_once(definition.name, definition.directives, facts.subgraph.sdl, findings)
        for item in definition.fields.values():
            if not item.directives:
                continue
            coordinate = f"{definition.name}.{item.name}"
            shareable = [one for one in item.directives if one.name == SHAREABLE]
            if shareable and isinstance(definition, InterfaceType):
                problem = "is a field of an interface and @shareable; mark the fields of its implementations instead"
                findings.add(ErrorCode.INVALID_SHAREABLE_USAGE, coordinate, problem, shareable[0].position)
            elif len(shareable) > 1:
                _report_twice(coordinate, shareable[1], findings)


def _check_once(name: str, directives: Iterable[AppliedDirective], sdl: str, findings: Findings) -> None:
    shareable = [one for one in directives if one.name == SHAREABLE]
    for first, second in pairwise(shareable):
        if first.extension != second.extension:
            continue
        # Each extension may have one of its own; between two of one extension, no other begins.
        if not first.extension or not _EXTEND.search(sdl, first.position, second.position):
            _report_twice(name, second, findings)


def _report_twice(coordinate: str, application: AppliedDirective, findings: Findings) -> None:
    problem = "is @shareable more than once at one place; keep one"
    findings.add(ErrorCode.INVALID_SHAREABLE_USAGE, coordinate, problem, application.position)
