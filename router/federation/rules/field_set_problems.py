"""What can be wrong with a field set, whichever directive it belongs to.

Enters: a use of a field set. Leaves: ``(code suffix, problem)`` pairs such as ``("INVALID_FIELDS", "...")``; the
directive's rule puts its own prefix before the suffix. A field set that doesn't resolve yields its first problem only.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.errors import ErrorCode
from router.federation.facts import BUILT_IN, Facts
from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.federation.field_sets import FieldSetUse, directives_in, known_condition
from router.federation.findings import Findings
from router.federation.validity.values import value_fits
from router.type_system.model import Field, InterfaceType, ObjectType, UnionType, named_type

Problem = tuple[str, str]


def check_field_set(facts: Facts, use: FieldSetUse, directive: str, findings: Findings) -> bool:
    """Report what is wrong with one field set; tell whether it resolves, so that further rules can read it."""
    prefix = directive.upper()
    shown = f'@{directive}(fields: "{use.text}")'
    for suffix, problem in _problems(facts, use, directive):
        text = f"has {shown if use.text is not None else '@' + directive}, {problem}"
        findings.add(ErrorCode[f"{prefix}_{suffix}"], use.coordinate, text, use.application.position)
        if suffix not in ("DIRECTIVE_IN_FIELDS_ARG", "FIELDS_MISSING_EXTERNAL"):
            return False
    return True


def resolve_problem(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> str | None:
    """Return why a field set doesn't resolve against a type as a directive wants it, if it doesn't."""
    problem = next(_resolve(facts, parent, field_set, directive), None)
    return None if problem is None else problem[1].partition(";")[0]


def _problems(facts: Facts, use: FieldSetUse, directive: str) -> Iterator[Problem]:
    if use.text is None:
        yield "INVALID_FIELDS_TYPE", "whose fields argument isn't a string; write the field set in quotes"
    elif use.field_set is None:
        yield "INVALID_FIELDS", f"which doesn't parse: {use.syntax_error}; write fields as in a selection set"
    else:
        broken = next(_resolve(facts, use.parent, use.field_set, directive), None)
        if broken is not None:
            yield broken
            return
        if any(directives_in(use.field_set)):
            yield "DIRECTIVE_IN_FIELDS_ARG", "which applies a directive; remove it"
        if directive != "key":
            for owner, name in _resolved_here(facts, use.parent, use.field_set):
                yield "FIELDS_MISSING_EXTERNAL", _not_external(facts, owner, name)


def _resolve(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> Iterator[Problem]:
    definition = facts.schema.types.get(parent)
    for selection in field_set:
        for name in selection.directives:
            if name not in BUILT_IN and name not in facts.schema.directive_definitions:
                yield "INVALID_FIELDS", f"which applies @{name}, a directive that isn't defined; remove it"
        if isinstance(selection, FieldSetFragment):
            yield from _resolve_fragment(facts, parent, selection, directive)
            continue
        if selection.name == "__typename" and not selection.selections and not selection.arguments:
            continue
        if selection.alias is not None:
            yield "INVALID_FIELDS", f"which gives {selection.name} the alias {selection.alias}; remove the alias"
        item = definition.fields.get(selection.name) if isinstance(definition, ObjectType | InterfaceType) else None
        if item is None:
            remedy = f"add it to {parent}" if directive == "key" else f"add it to {parent} with @external"
            yield "INVALID_FIELDS", f"but {parent} has no field {selection.name}; {remedy}, or correct the name"
            return
        yield from _resolve_field(facts, parent, item, selection, directive)


def _resolve_fragment(facts: Facts, parent: str, fragment: FieldSetFragment, directive: str) -> Iterator[Problem]:
    condition = known_condition(facts.schema, fragment)
    if condition is not None and condition != parent:
        theirs, ours = set(facts.schema.possible_types(condition)), set(facts.schema.possible_types(parent))
        if not theirs & ours:
            yield "INVALID_FIELDS", f"but a {parent} is never a {condition}; correct the type condition"
            return
    yield from _resolve(facts, condition or parent, fragment.selections, directive)


def _resolve_field(
    facts: Facts, parent: str, item: Field, selection: FieldSetField, directive: str
) -> Iterator[Problem]:
    coordinate = f"{parent}.{item.name}"
    for name, value in selection.arguments:
        argument = item.arguments.get(name)
        if argument is None:
            yield "INVALID_FIELDS", f"but {coordinate} has no argument {name}; remove it"
        elif not value_fits(value, argument.type, facts.schema.types):
            yield "INVALID_FIELDS", f"but {name} of {coordinate} must be a {argument.type}; correct the value"
    given = {name for name, _ in selection.arguments}
    for argument in item.arguments.values():
        if argument.required and argument.name not in given:
            yield "INVALID_FIELDS", f"but {coordinate} requires the argument {argument.name}; give it"
    if item.arguments and directive != "requires":
        yield "FIELDS_HAS_ARGS", f"but {coordinate} has arguments; select fields without arguments only"
    target = named_type(item.type)
    definition = facts.schema.types.get(target)
    if directive == "key" and isinstance(definition, InterfaceType | UnionType):
        kind = "a union" if isinstance(definition, UnionType) else "an interface"
        yield "FIELDS_SELECT_INVALID_TYPE", f"but {coordinate} is {kind}; select fields of objects only"
    composite = isinstance(definition, ObjectType | InterfaceType | UnionType)
    if composite and not selection.selections:
        yield "INVALID_FIELDS", f"but {coordinate} is a {target}; select fields of it"
    elif selection.selections and not composite:
        yield "INVALID_FIELDS", f"but {coordinate} is a {target}, which has no fields; select nothing of it"
    elif selection.selections:
        yield from _resolve(facts, target, selection.selections, directive)


def _resolved_here(facts: Facts, parent: str, field_set: FieldSet) -> Iterator[tuple[str, str]]:
    """Yield the leaves that this subgraph resolves itself: neither they nor a field above them is external."""
    definition = facts.schema.types.get(parent)
    for selection in field_set:
        if isinstance(selection, FieldSetFragment):
            condition = known_condition(facts.schema, selection)
            yield from _resolved_here(facts, condition or parent, selection.selections)
        elif (parent, selection.name) in facts.external:
            continue
        elif selection.selections and isinstance(definition, ObjectType | InterfaceType):
            target = named_type(definition.fields[selection.name].type)
            yield from _resolved_here(facts, target, selection.selections)
        else:
            yield parent, selection.name


def _not_external(facts: Facts, owner: str, name: str) -> str:
    if (owner, name) in facts.effectively_external:
        return f"but {owner}.{name} is a key field of an extension, which this subgraph has anyway; leave it out"
    return f"but this subgraph resolves {owner}.{name} itself; leave it out, or mark it @external"
