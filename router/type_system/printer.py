""":class:`~router.type_system.model.Schema` -> SDL text that reads back to an equal schema.

Definitions come in the order schema, directives, types, each in the order of its mapping; sorting is the caller's
choice. The ``schema`` definition is printed where the roots have other names than the default ones, where directives
are applied to it, or where the document had one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from router.type_system.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    NoDefault,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    UnionType,
)
from router.type_system.values import print_value

_DEFAULT_ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


def print_schema(schema: Schema) -> str:
    """Print a whole schema, with one blank line between definitions and a newline at the end."""
    parts = list(_print_schema_definition(schema))
    parts.extend(print_directive_definition(definition) for definition in schema.directive_definitions.values())
    parts.extend(print_type(definition) for definition in schema.types.values())
    return "\n\n".join(parts) + "\n"


def _print_schema_definition(schema: Schema) -> Iterator[str]:
    default = all(_DEFAULT_ROOTS[operation] == name for operation, name in schema.roots.items())
    if default and not schema.directives and schema.description is None:
        return
    keyword = "schema" if schema.roots else "extend schema"
    head = keyword + "".join(f"\n  {print_directive(directive)}" for directive in schema.directives)
    if not schema.roots:
        yield head
        return
    roots = "\n".join(f"  {operation}: {name}" for operation, name in schema.roots.items())
    opening = "\n{" if schema.directives else " {"
    yield f"{print_description(schema.description, '')}{head}{opening}\n{roots}\n}}"


def print_directive_definition(definition: DirectiveDefinition) -> str:
    """Print ``directive @name(...) repeatable on A | B``."""
    repeatable = " repeatable" if definition.repeatable else ""
    return (
        f"{print_description(definition.description, '')}directive @{definition.name}"
        f"{print_arguments(definition.arguments, '')}{repeatable} on {' | '.join(definition.locations)}"
    )


def print_type(definition: TypeDefinition) -> str:
    """Print one type definition."""
    description = print_description(definition.description, "")
    directives = _print_directives(definition.directives)
    match definition:
        case ScalarType():
            return f"{description}scalar {definition.name}{directives}"
        case ObjectType() | InterfaceType():
            keyword = "type" if isinstance(definition, ObjectType) else "interface"
            interfaces = f" implements {' & '.join(definition.interfaces)}" if definition.interfaces else ""
            body = _print_block(_print_field(item) for item in definition.fields.values())
            return f"{description}{keyword} {definition.name}{interfaces}{directives}{body}"
        case UnionType():
            members = f" = {' | '.join(definition.members)}" if definition.members else ""
            return f"{description}union {definition.name}{directives}{members}"
        case EnumType():
            body = _print_block(
                f"{print_description(value.description, '  ')}  {value.name}{_print_directives(value.directives)}"
                for value in definition.values.values()
            )
            return f"{description}enum {definition.name}{directives}{body}"
        case InputObjectType():
            body = _print_block(
                f"{print_description(item.description, '  ')}  {print_input_value(item)}"
                for item in definition.fields.values()
            )
            return f"{description}input {definition.name}{directives}{body}"


def print_directive(directive: AppliedDirective) -> str:
    """Print ``@name(argument: value)``."""
    if not directive.arguments:
        return f"@{directive.name}"
    arguments = ", ".join(f"{name}: {print_value(value)}" for name, value in directive.arguments.items())
    return f"@{directive.name}({arguments})"


def _print_field(item: Field) -> str:
    signature = f"{item.name}{print_arguments(item.arguments, '  ')}: {item.type}"
    return f"{print_description(item.description, '  ')}  {signature}{_print_directives(item.directives)}"


def print_input_value(item: InputValue) -> str:
    """Print ``name: Type = default @directives``, without the description."""
    default = "" if isinstance(item.default, NoDefault) else f" = {print_value(item.default)}"
    return f"{item.name}: {item.type}{default}{_print_directives(item.directives)}"


def print_arguments(arguments: Mapping[str, InputValue], indent: str) -> str:
    """Print arguments with their parentheses; ``indent`` is that of the element that has them."""
    if not arguments:
        return ""
    if all(argument.description is None for argument in arguments.values()):
        return "(" + ", ".join(print_input_value(argument) for argument in arguments.values()) + ")"
    lines = "\n".join(
        f"{print_description(argument.description, indent + '  ')}{indent}  {print_input_value(argument)}"
        for argument in arguments.values()
    )
    return f"(\n{lines}\n{indent})"


def _print_directives(directives: tuple[AppliedDirective, ...]) -> str:
    return "".join(f" {print_directive(directive)}" for directive in directives)


def _print_block(lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f" {{\n{body}\n}}" if body else ""


def print_description(description: str | None, indent: str) -> str:
    """Print a description with the newline that ends it, or nothing."""
    if description is None:
        return ""
    if not _fits_block(description):
        return f"{indent}{print_value(description)}\n"
    escaped = description.replace('"""', '\\"""')
    lines = "\n".join(f"{indent}{line}" if line else "" for line in escaped.split("\n"))
    return f'{indent}"""\n{lines}\n{indent}"""\n'


def _fits_block(text: str) -> bool:
    """Whether a block string gives the text back: no odd characters, no outer blank lines, no common indent lost."""
    if not text or any(ord(character) < 0x20 and character not in "\n\t" for character in text):
        return False
    lines = text.split("\n")
    if not lines[0].strip() or not lines[-1].strip():
        return False
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    return min(indents) == 0
