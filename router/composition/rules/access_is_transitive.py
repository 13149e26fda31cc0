"""MISSING_TRANSITIVE_AUTH_REQUIREMENTS: a field asks for the access that its inputs from other fields ask for.

A field with ``@requires`` or a contextual argument hands on data of other fields; a client that may not read these
must not get them by way of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.composition.merge.applied_directives import context_name
from router.composition.merge.argument_strategies import NOTHING, Clauses, conjoin, implies, read_clauses
from router.composition.merge.facts import field_set_text, fields_of, find_directive, read_field_set
from router.composition.merge.fields import split_context
from router.composition.merge.state import Merge
from router.federation.errors import ErrorCode
from router.federation.field_set import FieldSet, FieldSetField
from router.federation.subgraph import AUTHENTICATED, CONTEXT, FROM_CONTEXT, POLICY, REQUIRES, REQUIRES_SCOPES
from router.supergraph.model import Supergraph
from router.type_system.model import AppliedDirective, Field, Schema, named_type


@dataclass(frozen=True, slots=True)
class _Requirement:
    """What an element asks for."""

    authenticated: bool = False
    scopes: Clauses = field(default=NOTHING)
    policies: Clauses = field(default=NOTHING)

    def implies(self, other: _Requirement) -> bool:
        return (
            (self.authenticated or not other.authenticated)
            and implies(self.scopes, other.scopes)
            and implies(self.policies, other.policies)
        )


def access_is_transitive(merge: Merge, supergraph: Supergraph) -> None:
    """Compare every field that uses other fields with these."""
    directives = merge.features.directives
    if not any(name in directives for name in (AUTHENTICATED, REQUIRES_SCOPES, POLICY)):
        return
    _Check(merge, supergraph.schema).run()


class _Check:
    def __init__(self, merge: Merge, schema: Schema) -> None:
        self.merge = merge
        self.schema = schema
        names = {
            name: merged.name
            for name in (AUTHENTICATED, REQUIRES_SCOPES, POLICY)
            if (merged := merge.features.directives.get(name)) is not None
        }
        self.authenticated = names.get(AUTHENTICATED)
        self.scopes = names.get(REQUIRES_SCOPES)
        self.policy = names.get(POLICY)
        context = merge.features.directives.get(CONTEXT)
        self.context = None if context is None else context.name

    def run(self) -> None:
        for index, subgraph in enumerate(self.merge.subgraphs):
            used = self.merge.facts[index].used
            if REQUIRES not in used and FROM_CONTEXT not in used:
                continue
            for definition in subgraph.schema.types.values():
                for item in fields_of(definition).values():
                    self._check_field(index, definition.name, item)

    def _check_field(self, index: int, type_name: str, item: Field) -> None:
        problem: str | None = None
        given = self._requirement_at(type_name, item.name)
        directive = find_directive(item.directives, REQUIRES)
        if directive is not None:
            problem = next(self._missing(given, type_name, read_field_set(field_set_text(directive))), None)
        for argument in item.arguments.values():
            source = find_directive(argument.directives, FROM_CONTEXT)
            text = None if source is None else source.arguments.get("field")
            if isinstance(text, str) and problem is None:
                problem = next(self._missing_in_context(given, index, text), None)
        if problem is not None:
            coordinate = f"{type_name}.{item.name}"
            self.merge.report.error(
                ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
                f"{coordinate} uses {problem} in {self.merge.subgraphs[index].name}, but doesn't ask for the access "
                "that it takes",
                [(index, item)],
                [coordinate],
                "repeat its @authenticated, @requiresScopes and @policy on the field",
            )

    def _missing(self, given: _Requirement, type_name: str, field_set: FieldSet) -> Iterator[str]:
        """Yield what of a field set asks for more than ``given``."""
        for selection in field_set:
            if not isinstance(selection, FieldSetField):
                condition = selection.type_condition or type_name
                if not given.implies(self._of_type(condition)):
                    yield condition
                yield from self._missing(given, condition, selection.selections)
                continue
            item = fields_of(self.schema.types.get(type_name)).get(selection.name)
            if item is None:
                continue
            target = named_type(item.type)
            if not (given.implies(self._read(item.directives)) and given.implies(self._of_type(target))):
                yield f"{type_name}.{selection.name}"
            yield from self._missing(given, target, selection.selections)

    def _missing_in_context(self, given: _Requirement, index: int, text: str) -> Iterator[str]:
        name, selection = split_context(text)
        wanted = context_name(self.merge, index, name)
        field_set = read_field_set(selection)
        for definition in self.schema.types.values():
            if any(d.name == self.context and d.arguments.get("name") == wanted for d in definition.directives):
                if not given.implies(self._read(definition.directives)):
                    yield f"the context {name}"
                yield from self._missing(given, definition.name, field_set)

    def _requirement_at(self, type_name: str, field_name: str) -> _Requirement:
        """Whoever reads a field has to meet its type's requirement too."""
        item = fields_of(self.schema.types.get(type_name)).get(field_name)
        of_type = self._of_type(type_name)
        if item is None:
            return of_type
        own = self._read(item.directives)
        return _Requirement(
            own.authenticated or of_type.authenticated,
            conjoin((own.scopes, of_type.scopes)),
            conjoin((own.policies, of_type.policies)),
        )

    def _of_type(self, name: str) -> _Requirement:
        definition = self.schema.types.get(name)
        return _Requirement() if definition is None else self._read(definition.directives)

    def _read(self, directives: tuple[AppliedDirective, ...]) -> _Requirement:
        if not directives:
            return _Requirement()
        authenticated, scopes, policies = False, NOTHING, NOTHING
        for directive in directives:
            if directive.name == self.authenticated:
                authenticated = True
            elif directive.name == self.scopes:
                scopes = read_clauses(directive.arguments.get("scopes"))
            elif directive.name == self.policy:
                policies = read_clauses(directive.arguments.get("policies"))
        return _Requirement(authenticated, scopes, policies)
