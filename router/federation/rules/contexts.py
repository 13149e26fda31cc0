"""A contextual argument names a context that is set, picks one value from each type that sets it, can be fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from router.federation.context_field import contexts_set, from_context, split_context_field
from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.field_sets import parse_or_reason
from router.federation.findings import Findings
from router.federation.rules.context_selections import selection_problems
from router.federation.subgraph import KEY
from router.type_system.model import (
    AppliedDirective,
    Field,
    InputValue,
    InterfaceType,
    NoDefault,
    ObjectType,
    Schema,
)

_CONTEXT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


def contexts_are_sound(facts: Facts, findings: Findings) -> None:
    """``CONTEXT_NAME_INVALID``, ``CONTEXT_NOT_SET``, ``CONTEXT_INVALID_SELECTION`` and their like."""
    if facts.subgraph.version < (2, 8):
        return
    schema = facts.schema
    contexts = contexts_set(schema)
    for name, setters in contexts.items():
        if not _CONTEXT_NAME.match(name):
            position = schema.types[setters[0]].position
            problem = f'sets the context "{name}"; use letters and digits only, a letter first'
            findings.add(ErrorCode.CONTEXT_NAME_INVALID, setters[0], problem, position)
    for directive in schema.directive_definitions.values():
        for argument in directive.arguments.values():
            if from_context(argument) is not None:
                problem = "is an argument of a directive with @fromContext; only arguments of fields can have it"
                findings.add(
                    ErrorCode.CONTEXT_NOT_SET, f"@{directive.name}({argument.name}:)", problem, argument.position
                )
    for owner, field, argument, application in _contextual_arguments(schema):
        _check_argument(facts, contexts, (owner, field, argument), application, findings)


def _contextual_arguments(
    schema: Schema,
) -> Iterator[tuple[ObjectType | InterfaceType, Field, InputValue, AppliedDirective]]:
    for definition in schema.types.values():
        if isinstance(definition, ObjectType | InterfaceType):
            for field in definition.fields.values():
                for argument in field.arguments.values():
                    application = from_context(argument) if argument.directives else None
                    if application is not None:
                        yield definition, field, argument, application


def _check_argument(
    facts: Facts,
    contexts: Mapping[str, list[str]],
    place: tuple[ObjectType | InterfaceType, Field, InputValue],
    application: AppliedDirective,
    findings: Findings,
) -> None:
    owner, field, argument = place
    coordinate, position = f"{owner.name}.{field.name}({argument.name}:)", application.position
    if isinstance(owner, InterfaceType):
        problem = "belongs to an interface and has @fromContext; only arguments of objects can have it"
        findings.add(ErrorCode.CONTEXT_NOT_SET, coordinate, problem, position)
        return
    for problem in _placement_problems(facts.schema, owner, field, argument):
        findings.add(ErrorCode.CONTEXT_NOT_SET, coordinate, problem, position)
    text = application.arguments.get("field")
    split = split_context_field(text) if isinstance(text, str) else None
    if split is None:
        problem = 'has a @fromContext that names no context; write "$context { field }"'
        findings.add(ErrorCode.NO_CONTEXT_IN_SELECTION, coordinate, problem, position)
        return
    context, selection = split
    if context not in contexts:
        problem = f'uses the context "{context}", which no type sets; add @context(name: "{context}") to one'
        findings.add(ErrorCode.CONTEXT_NOT_SET, coordinate, problem, position)
    else:
        parsed = parse_or_reason(selection)
        problems = (
            [f"which doesn't parse: {parsed}"]
            if isinstance(parsed, str)
            else selection_problems(facts, contexts[context], parsed, argument.type)
        )
        for reason in problems:
            problem = f'picks "{selection}" from the context "{context}", {reason}; correct the selection'
            findings.add(ErrorCode.CONTEXT_INVALID_SELECTION, coordinate, problem, position)
    if not _has_resolvable_key(owner):
        problem = f"is contextual, but {owner.name} has no resolvable @key to fetch it by; add one"
        findings.add(ErrorCode.CONTEXT_NO_RESOLVABLE_KEY, coordinate, problem, position)


def _placement_problems(schema: Schema, owner: ObjectType, field: Field, argument: InputValue) -> Iterator[str]:
    for name in owner.interfaces:
        interface = schema.types.get(name)
        if isinstance(interface, InterfaceType) and field.name in interface.fields:
            yield f"has @fromContext on a field that implements {name}.{field.name}; rename the field"
    if not isinstance(argument.default, NoDefault):
        yield "has @fromContext and a default value; remove the default"


def _has_resolvable_key(owner: ObjectType) -> bool:
    return any(item.name == KEY and item.arguments.get("resolvable", True) is not False for item in owner.directives)
