"""Contextual arguments (``@context`` and ``@fromContext``), as the monolith needs them.

Enters: what each subgraph's own SDL says. Leaves: for a field, its arguments with the types that set the context and
what is selected of them. Invariant: read from the SDL alone, by other code than the router's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from router.federation.field_set import FieldSet, parse_field_set
from router.verification.mock_schema import MockSchema


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument: the types that set its context, and what is read of the nearest object of one of them."""

    name: str
    setters: frozenset[str]
    selection: FieldSet


#: By type and field.
ContextArguments: TypeAlias = Mapping[tuple[str, str], tuple[ContextArgument, ...]]


def read_contexts(schemas: Iterable[MockSchema]) -> ContextArguments:
    """Read the contextual arguments of all subgraphs; a context is known within its subgraph."""
    found: dict[tuple[str, str], tuple[ContextArgument, ...]] = {}
    for schema in schemas:
        for type_name, kind in schema.types.items():
            for field, arguments in kind.from_context.items():
                found[type_name, field] = tuple(
                    _argument(schema, argument, text) for argument, text in arguments.items()
                )
    return found


def _argument(schema: MockSchema, name: str, text: str) -> ContextArgument:
    context, _, selection = text.strip().removeprefix("$").partition(" ")
    setters = frozenset(type_name for type_name, names in schema.contexts.items() if context.strip() in names)
    return ContextArgument(name, setters, parse_field_set(selection))
