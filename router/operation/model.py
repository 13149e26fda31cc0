"""The normalised operation: what planning covers and projection walks.

In a :class:`SelectionSet` every response name that is selected under equal conditions occurs once per type condition,
sub-selections merged; type conditions that the parent type always meets are gone, impossible ones too; ``@skip`` and
``@include`` are :class:`Condition` s (constant ones are resolved). Arguments keep variables as they are.

Everything is immutable and hashable, and equal selection sets are one object within an operation, so that a planner
may remember results by identity and a fragment that is spread many times costs once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from router.type_system.model import AppliedDirective, NoDefault, TypeRef
from router.type_system.values import Value


@dataclass(frozen=True, slots=True)
class Condition:
    """Selected only while the Boolean variable is true (or, ``negated``, false)."""

    variable: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Defer:
    """``@defer(label:, if:)`` on a fragment; ``condition`` is a variable's name where ``if`` is one."""

    label: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """A field. ``type`` is its type in the API schema; ``selection_set`` is ``None`` for a leaf.

    A ``denied`` field is one that the caller may not see: it is never planned, and null with an error in the answer.
    """

    response_name: str
    name: str
    type: TypeRef
    arguments: tuple[tuple[str, Value], ...] = ()
    conditions: tuple[Condition, ...] = ()
    selection_set: SelectionSet | None = None
    directives: tuple[tuple[str, tuple[tuple[str, Value], ...]], ...] = ()
    denied: bool = False


@dataclass(frozen=True, slots=True)
class FragmentSelection:
    """An inline fragment that narrows the type, or that carries conditions or ``@defer``.

    ``types`` are the object types of the API schema that it applies to within its parent, in schema order.
    """

    type_condition: str
    types: tuple[str, ...]
    selection_set: SelectionSet
    conditions: tuple[Condition, ...] = ()
    defer: Defer | None = None


Selection: TypeAlias = FieldSelection | FragmentSelection


@dataclass(frozen=True, slots=True, eq=False)
class SelectionSet:
    """A selection set on ``parent_type``. Interned: compared and hashed by identity."""

    parent_type: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    """A variable of an operation."""

    name: str
    type: TypeRef
    default: Value | NoDefault
    directives: tuple[AppliedDirective, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A normalised operation. ``kind`` is ``query``, ``mutation`` or ``subscription``.

    ``introspection`` is true where ``__schema`` or ``__type`` is selected at the root.
    """

    kind: str
    name: str | None
    root_type: str
    selection_set: SelectionSet
    variables: Mapping[str, VariableDefinition] = field(default_factory=dict)
    introspection: bool = False
