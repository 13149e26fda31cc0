"""The ``field`` argument of ``@fromContext``: ``$context selection``.

Enters: the text. Leaves: the context's name and the selection that picks the value. Invariant: a selection is either
one path of fields, for all types that set the context, or inline fragments, one a type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from router.federation.field_set import FieldSet, FieldSetFragment
from router.federation.field_sets import parse_or_reason, selected_fields
from router.federation.subgraph import CONTEXT, FROM_CONTEXT
from router.type_system.model import AppliedDirective, InputValue, InterfaceType, ObjectType, Schema, UnionType

_CONTEXT_FIELD = re.compile(r"\s*\$\s*([A-Za-z_]\w*)\s*(.+)\Z", re.DOTALL | re.ASCII)


def split_context_field(text: str) -> tuple[str, str] | None:
    """Split ``$context selection`` into both, or return ``None`` where no context is named."""
    match = _CONTEXT_FIELD.match(text)
    if match is None or not match[2].strip():
        return None
    return match[1], match[2].strip()


def from_context(argument: InputValue) -> AppliedDirective | None:
    """Return the ``@fromContext`` of an argument, if there is one."""
    return next((item for item in argument.directives if item.name == FROM_CONTEXT), None)


def contexts_set(schema: Schema) -> dict[str, list[str]]:
    """Return, for each context, the types that set it, in definition order."""
    contexts: dict[str, list[str]] = {}
    for definition in schema.types.values():
        if isinstance(definition, ObjectType | InterfaceType | UnionType):
            for item in definition.directives:
                name = item.arguments.get("name")
                if item.name == CONTEXT and isinstance(name, str):
                    setters = contexts.setdefault(name, [])
                    if definition.name not in setters:
                        setters.append(definition.name)
    return contexts


def fragments_of(field_set: FieldSet) -> list[FieldSetFragment]:
    """Return the inline fragments at the top of a selection."""
    return [item for item in field_set if isinstance(item, FieldSetFragment)]


def fields_from_contexts(schema: Schema) -> set[tuple[str, str]]:
    """Return the fields that contextual arguments are filled from, as ``(type, field)``."""
    contexts: Mapping[str, list[str]] = contexts_set(schema)
    if not contexts:
        return set()
    return {
        coordinate
        for text in _context_texts(schema)
        if (split := split_context_field(text)) is not None
        for setter in contexts.get(split[0], ())
        if not isinstance(field_set := parse_or_reason(split[1]), str)
        for coordinate in selected_fields(schema, setter, field_set)
    }


def _context_texts(schema: Schema) -> Iterator[str]:
    for definition in schema.types.values():
        if isinstance(definition, ObjectType):
            for field in definition.fields.values():
                for argument in field.arguments.values():
                    application = from_context(argument) if argument.directives else None
                    text = application.arguments.get("field") if application else None
                    if isinstance(text, str):
                        yield text
