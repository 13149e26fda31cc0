"""``@override``: which subgraphs' resolvers of a field give way to others, for good or by label.

Enters: a field's sources. Leaves: an :class:`OverrideOutcome` by subgraph. Invariant: an override that is at fault has
no effect, so that the field counts as resolved on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.composition.merge.abstract_fields import abstract_fields
from router.composition.merge.facts import find_directive
from router.composition.merge.state import Merge
from router.composition.report import Positioned, Source
from router.federation.errors import ErrorCode, HintCode
from router.federation.subgraph import EXTERNAL, OVERRIDE, PROVIDES, REQUIRES
from router.type_system.model import AppliedDirective, Field, InterfaceType

_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT = re.compile(r"percent\(([0-9]{1,2}(\.[0-9]{1,8})?|100)\)")


@dataclass(slots=True)
class OverrideOutcome:
    """What overrides do to one field.

    ``unused`` are subgraphs that lose it; ``used`` lose it too, but keep it for keys and the like; ``labels`` has the
    label under which a subgraph, old or new, resolves it.
    """

    used: set[int] = field(default_factory=set)
    unused: set[int] = field(default_factory=set)
    labels: dict[int, str] = field(default_factory=dict)

    @property
    def overridden(self) -> set[int]:
        """All subgraphs that lose the field."""
        return self.used | self.unused


NO_OVERRIDES = OverrideOutcome()


def read_overrides(merge: Merge, type_name: str, field_name: str, sources: Sequence[Source[Field]]) -> OverrideOutcome:
    """Check the overrides of a field and say what they do."""
    applied = [
        (index, item, directive)
        for index, item in sources
        if item.directives and (directive := find_directive(item.directives, OVERRIDE)) is not None
    ]
    if not applied:
        return NO_OVERRIDES
    reading = _Reading(merge, type_name, field_name, dict(sources))
    for index, item, directive in applied:
        reading.read(index, item, directive)
    return reading.outcome


@dataclass(slots=True)
class _Reading:
    merge: Merge
    type_name: str
    field_name: str
    sources: dict[int, Field]
    outcome: OverrideOutcome = field(default_factory=OverrideOutcome)

    @property
    def coordinate(self) -> str:
        return f"{self.type_name}.{self.field_name}"

    def read(self, index: int, item: Field, directive: AppliedDirective) -> None:
        merge, here = self.merge, self.merge.subgraphs[index].name
        at: list[Source[Positioned]] = [(index, directive)]
        if merge.is_interface_object(index, self.type_name):
            self._collide(f"is in an @interfaceObject of {here}, where @override is not supported", at)
            return
        if isinstance(merge.subgraphs[index].schema.types[self.type_name], InterfaceType):
            self._error(
                ErrorCode.OVERRIDE_ON_INTERFACE,
                f"is a field of an interface in {here}, where @override has no meaning",
                at,
                "put it on the fields of the implementations",
            )
            return
        source_name = directive.arguments.get("from")
        source = next((i for i, subgraph in enumerate(merge.subgraphs) if subgraph.name == source_name), None)
        if source is None:
            self._hint(
                HintCode.FROM_SUBGRAPH_DOES_NOT_EXIST,
                f"overrides {source_name} in {here}, but there is no such subgraph",
                at,
            )
        elif source == index:
            self._error(
                ErrorCode.OVERRIDE_FROM_SELF_ERROR, f"overrides its own subgraph {here}", at, "name another subgraph"
            )
        elif source not in self.sources:
            self._check_abstracted(source, at)
        else:
            self._override(index, item, directive, source)

    def _check_abstracted(self, source: int, at: Sequence[Source[Positioned]]) -> None:
        merge, there = self.merge, self.merge.subgraphs[source].name
        for found in abstract_fields(merge, self.type_name, self.field_name):
            if found.subgraph == source:
                self._collide(f"overrides {there}, which has it in the @interfaceObject {found.interface} only", at)
                return
        self._hint(HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, f"is gone from {there}, so @override can be removed", at)

    def _override(self, index: int, item: Field, directive: AppliedDirective, source: int) -> None:
        merge, outcome = self.merge, self.outcome
        here, there = merge.subgraphs[index].name, merge.subgraphs[source].name
        old = self.sources[source]
        at: list[Source[Positioned]] = [(index, directive), (source, old)]
        if find_directive(old.directives, OVERRIDE) is not None:
            self._error(
                ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE,
                f"is overridden by {here}, but has @override in {there} itself",
                at,
                "keep one of the two",
            )
            return
        conflict = self._conflict(index, item, source, old)
        if conflict is not None:
            self._collide(conflict, at)
            return
        # An empty label is none.
        label = directive.arguments.get("label") or None
        if isinstance(label, str) and not (_LABEL.fullmatch(label) or _PERCENT.fullmatch(label)):
            self._error(
                ErrorCode.OVERRIDE_LABEL_INVALID,
                f'has @override(label: "{label}") in {here}, which isn\'t a label',
                at,
                'use a letter followed by letters, digits and _-:./, or "percent(x)" with x from 0 to 100',
            )
        elif isinstance(label, str):
            outcome.labels[index] = outcome.labels[source] = label
        external = merge.facts[source].is_external(self.type_name, self.field_name)
        used = merge.facts[source].is_used(self.type_name, self.field_name)
        if external:
            self._hint(
                HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, f"is @external in {there}, so @override can be removed", at
            )
        else:
            (outcome.used if used else outcome.unused).add(source)
        if isinstance(label, str):
            self._hint(
                HintCode.OVERRIDE_MIGRATION_IN_PROGRESS,
                f"moves from {there} to {here} by the label {label}; remove it from {there} when done",
                at,
            )
        elif not external:
            what = "is still used there by field sets, so mark it @external" if used else "can be removed there"
            self._hint(HintCode.OVERRIDDEN_FIELD_CAN_BE_REMOVED, f"of {there} is overridden by {here}, and {what}", at)

    def _conflict(self, index: int, item: Field, source: int, old: Field) -> str | None:
        """Say which directive stands in the way: either side's ``@external`` and so on can't be handed over."""
        for owner, element, names in (
            (index, item, (EXTERNAL,)),
            (source, old, (REQUIRES, PROVIDES)),
        ):
            for name in names:
                if find_directive(element.directives, name) is not None:
                    bare = name.removeprefix("federation__")
                    return f"can't be overridden, since it has @{bare} in {self.merge.subgraphs[owner].name}"
        return None

    def _collide(self, text: str, at: Sequence[Source[Positioned]]) -> None:
        self._error(ErrorCode.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, text, at, "remove one of the directives")

    def _error(self, code: ErrorCode, text: str, at: Sequence[Source[Positioned]], remedy: str) -> None:
        self.merge.report.error(code, f"{self.coordinate} {text}", at, [self.coordinate], remedy)

    def _hint(self, code: HintCode, text: str, at: Sequence[Source[Positioned]]) -> None:
        self.merge.report.hint(code, f"{self.coordinate} {text}", at, [self.coordinate])
