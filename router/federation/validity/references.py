"""Every name is defined once, and every type that a field, an argument or a directive has is defined.

Enters: a schema as read, with its duplicates. Leaves: findings; without them, every type reference can be followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from difflib import get_close_matches

from router.federation.definitions import BUILT_IN_SCALARS, SERVICE_FIELDS, SERVICE_TYPES, Lexicon
from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.type_system.model import (
    EnumType,
    InputObjectType,
    InputValue,
    InterfaceType,
    NamedType,
    ObjectType,
    Schema,
    named_type,
)
from router.type_system.reader import Duplicate

#: Kinds of duplicates. Enum values, arguments of fields and roots that stand twice have always been let pass.
_OUTER = frozenset({"type", "kind", "directive"})
_INNER = frozenset({"field", "member", "extension"})


def check_definitions(schema: Schema, duplicates: Iterable[Duplicate], findings: Findings) -> None:
    """Report types and directives that are defined twice, and unknown types of directive arguments."""
    for duplicate in duplicates:
        if duplicate.kind in _OUTER or (duplicate.kind == "input" and duplicate.coordinate.startswith("@")):
            _report_duplicate(duplicate, findings)
    if schema.directive_definitions:
        known = schema.types.keys() | BUILT_IN_SCALARS
        for directive in schema.directive_definitions.values():
            if directive.arguments:
                _check_inputs(f"@{directive.name}", directive.arguments.values(), known, findings)


def check_references(schema: Schema, duplicates: Iterable[Duplicate], lexicon: Lexicon, findings: Findings) -> None:
    """Report fields that are defined twice, and unknown types of fields and arguments."""
    query = schema.roots.get("query")
    for duplicate in duplicates:
        name, _, child = duplicate.coordinate.partition(".")
        owner = schema.types.get(name)
        if name == query and child.partition(".")[0] in SERVICE_FIELDS:
            continue
        if isinstance(owner, EnumType):
            continue
        if duplicate.kind in _INNER or (duplicate.kind == "input" and isinstance(owner, InputObjectType)):
            _report_duplicate(duplicate, findings)
    known = schema.types.keys() | BUILT_IN_SCALARS | (lexicon.machinery - frozenset(SERVICE_TYPES))
    for definition in schema.types.values():
        name = definition.name
        if isinstance(definition, ObjectType | InterfaceType):
            for field in definition.fields.values():
                ref = field.type
                target = ref.name if isinstance(ref, NamedType) else named_type(ref)
                if target not in known:
                    _report(f"{name}.{field.name}", target, field.position, known, findings)
                if field.arguments and not (name == query and field.name in SERVICE_FIELDS):
                    _check_inputs(f"{name}.{field.name}", field.arguments.values(), known, findings)
        elif isinstance(definition, InputObjectType):
            _check_inputs(name, definition.fields.values(), known, findings)


def _report_duplicate(duplicate: Duplicate, findings: Findings) -> None:
    problem = "is defined more than once; keep one definition, or give each its own name"
    if duplicate.kind == "extension":
        problem = "is extended as another kind of type than it is; extend it as what it is"
    findings.add(ErrorCode.INVALID_GRAPHQL, duplicate.coordinate, problem, duplicate.position)


def _check_inputs(owner: str, values: Iterable[InputValue], known: Set[str], findings: Findings) -> None:
    for value in values:
        target = named_type(value.type)
        if target not in known:
            is_field = "." not in owner and not owner.startswith("@")
            coordinate = f"{owner}.{value.name}" if is_field else f"{owner}({value.name}:)"
            _report(coordinate, target, value.position, known, findings)


def _report(coordinate: str, target: str, position: int, known: Set[str], findings: Findings) -> None:
    near = get_close_matches(target, sorted(known), 1, cutoff=0.65)
    remedy = f"did you mean {near[0]}?" if near else "define it, or correct the name"
    problem = f"has the type {target}, which isn't defined; {remedy}"
    findings.add(ErrorCode.INVALID_GRAPHQL, coordinate, problem, position)
