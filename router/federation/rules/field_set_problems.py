"""What can be wrong with a field set, whichever directive it belongs to.

Enters: a use of a field set. Leaves: ``(code suffix, problem)`` pairs such as ``("INVALID_FIELDS", "...")``; the
directive's rule puts its own prefix before the suffix. A field set that doesn't resolve yields its first problem only.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.errors import ErrorCode
from router.federation.facts import BUILT_IN, Facts
from router.federation.field_set import FieldSet, FieldSetFragment
from router.federation.field_sets import FieldSetUse, directives_in, selected_fields, selected_type
from router.federation.findings import Findings
from router.federation.validity.values import value_fits
from router.type_system.model import InterfaceType, ObjectType, UnionType, named_type

Problem = tuple[str, str]

#: What is found once a field set resolves.
_BEYOND_RESOLVING = frozenset({"DIRECTIVE_IN_FIELDS_ARG", "FIELDS_HAS_ARGS", "FIELDS_MISSING_EXTERNAL"})


def check_field_set(facts: Facts, use: FieldSetUse, directive: str, findings: Findings) -> bool:
    """Report what is wrong with one field set; tell whether it resolves, so that further rules can read it."""
    shown = f'@{directive}(fields: "{use.text}")' if use.text is not None else f"@{directive}"
    resolves = True
    for suffix, problem in _problems(facts, use, directive):
        code = ErrorCode[f"{directive.upper()}_{suffix}"]
        findings.add(code, use.coordinate, f"has {shown}, {problem}", use.application.position)
        resolves = resolves and suffix in _BEYOND_RESOLVING
    return resolves


def names_resolve(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> bool:
    """Whether all that a field set names is there, wherever its selections stop."""
    return next(_names(facts, parent, field_set, directive), None) is None


def resolve_problem(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> str | None:
    """Return why a field set doesn't resolve against a type as a directive wants it, if it doesn't."""
    problem = next(_unresolved(facts, parent, field_set, directive), None)
    return None if problem is None else problem[1].partition(";")[0]


def _problems(facts: Facts, use: FieldSetUse, directive: str) -> Iterator[Problem]:
    if use.text is None:
        yield "INVALID_FIELDS_TYPE", "whose fields argument isn't a string; write the field set in quotes"
    elif use.field_set is None:
        yield "INVALID_FIELDS", f"which doesn't parse: {use.syntax_error}; write fields as in a selection set"
    else:
        broken = next(_unresolved(facts, use.parent, use.field_set, directive), None)
        if broken is not None:
            yield broken
            return
        if any(directives_in(use.field_set)):
            yield "DIRECTIVE_IN_FIELDS_ARG", "which applies a directive; remove it"
        if directive != "requires":
            for owner, name in selected_fields(facts.schema, use.parent, use.field_set):
                definition = facts.schema.types[owner]
                if isinstance(definition, ObjectType | InterfaceType) and definition.fields[name].arguments:
                    yield "FIELDS_HAS_ARGS", f"but {owner}.{name} has arguments; select fields without arguments only"
        if directive != "key":
            for owner, name in _resolved_here(facts, use.parent, use.field_set):
                yield "FIELDS_MISSING_EXTERNAL", _not_external(facts, owner, name)


def _unresolved(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> Iterator[Problem]:
    yield from _names(facts, parent, field_set, directive)
    yield from _values_and_leaves(facts, parent, field_set)


def _names(facts: Facts, parent: str, field_set: FieldSet, directive: str) -> Iterator[Problem]:
    """Yield what a field set names that isn't there, or that a key can't select."""
    definition = facts.schema.types.get(parent)
    for selection in field_set:
        for name in selection.directives:
            if name not in BUILT_IN and name not in facts.schema.directive_definitions:
                yield "INVALID_FIELDS", f"which applies @{name}, a directive that isn't defined; remove it"
        if isinstance(selection, FieldSetFragment):
            target_type = selected_type(facts.schema, parent, selection)
            yield from _names(facts, target_type, selection.selections, directive)
            if directive == "key" and not _meet(facts, parent, target_type):
                # A key is read by objects of its own type, so what it selects must be there.
                yield from _names(facts, parent, selection.selections, directive)
            continue
        if selection.name == "__typename":
            continue
        item = definition.fields.get(selection.name) if isinstance(definition, ObjectType | InterfaceType) else None
        if item is None:
            remedy = f"add it to {parent}" if directive == "key" else f"add it to {parent} with @external"
            yield "INVALID_FIELDS", f"but {parent} has no field {selection.name}; {remedy}, or correct the name"
            return
        for name, _ in selection.arguments:
            if name not in item.arguments:
                yield "INVALID_FIELDS", f"but {parent}.{item.name} has no argument {name}; remove it"
        target = facts.schema.types.get(named_type(item.type))
        if directive == "key" and isinstance(target, InterfaceType | UnionType):
            kind = "a union" if isinstance(target, UnionType) else "an interface"
            yield "FIELDS_SELECT_INVALID_TYPE", f"but {parent}.{item.name} is {kind}; select fields of objects only"
        if selection.selections and isinstance(target, ObjectType | InterfaceType | UnionType):
            yield from _names(facts, target.name, selection.selections, directive)


def _meet(facts: Facts, left: str, right: str) -> bool:
    possible = facts.schema.possible_types
    return not set(possible(left)).isdisjoint(possible(right))


def _values_and_leaves(facts: Facts, parent: str, field_set: FieldSet) -> Iterator[Problem]:
    """Yield arguments and aliases that can't be, and selections that stop too early or go too far."""
    types = facts.schema.types
    definition = types.get(parent)
    for selection in field_set:
        if isinstance(selection, FieldSetFragment):
            target_type = selected_type(facts.schema, parent, selection)
            yield from _values_and_leaves(facts, target_type, selection.selections)
            continue
        if selection.alias is not None:
            yield "INVALID_FIELDS", f"which gives {selection.name} the alias {selection.alias}; remove the alias"
        item = definition.fields.get(selection.name) if isinstance(definition, ObjectType | InterfaceType) else None
        if item is None:
            continue
        coordinate = f"{parent}.{item.name}"
        for name, value in selection.arguments:
            if not value_fits(value, item.arguments[name].type, types):
                expected = item.arguments[name].type
                yield "INVALID_FIELDS", f"but {name} of {coordinate} must be a {expected}; correct the value"
        given = {name for name, _ in selection.arguments}
        for argument in item.arguments.values():
            if argument.required and argument.name not in given:
                yield "INVALID_FIELDS", f"but {coordinate} requires the argument {argument.name}; give it"
        target = types.get(named_type(item.type))
        if isinstance(target, ObjectType | InterfaceType | UnionType):
            if not selection.selections:
                yield "INVALID_FIELDS", f"but {coordinate} is a {target.name}; select fields of it"
            yield from _values_and_leaves(facts, target.name, selection.selections)
        elif selection.selections:
            yield "INVALID_FIELDS", f"but {coordinate} has no fields; select nothing of it"


def _resolved_here(facts: Facts, parent: str, field_set: FieldSet) -> Iterator[tuple[str, str]]:
    """Yield the leaves that this subgraph resolves itself: neither they nor a field above them is external."""
    definition = facts.schema.types.get(parent)
    for selection in field_set:
        if isinstance(selection, FieldSetFragment):
            yield from _resolved_here(facts, selected_type(facts.schema, parent, selection), selection.selections)
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
