"""REQUIRES_INVALID_FIELDS: each ``@requires`` is a valid selection on the supergraph, not only in its own subgraph.

Merging can take away what a field set relies on: an argument that another subgraph lacks, or a type that became wider.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.facts import field_set_text, fields_of, find_directive, read_field_set
from router.composition.merge.state import Merge
from router.composition.rules.values import is_value_of
from router.federation.errors import ErrorCode
from router.federation.field_set import FieldSet, FieldSetField
from router.federation.subgraph import REQUIRES
from router.supergraph.model import Supergraph
from router.type_system.model import (
    Field,
    Schema,
    named_type,
)
from router.type_system.values import Value


def requires_are_valid(merge: Merge, supergraph: Supergraph) -> None:
    """Check the field sets of every ``@requires`` against the supergraph."""
    for index, subgraph in enumerate(merge.subgraphs):
        if REQUIRES not in merge.facts[index].used:
            continue
        for definition in subgraph.schema.types.values():
            for item in fields_of(definition).values():
                directive = find_directive(item.directives, REQUIRES)
                if directive is None:
                    continue
                coordinate = f"{definition.name}.{item.name}"
                text = field_set_text(directive)
                for problem in _problems(supergraph.schema, definition.name, read_field_set(text)):
                    merge.report.error(
                        ErrorCode.REQUIRES_INVALID_FIELDS,
                        f'{coordinate} has @requires(fields: "{text}") in {subgraph.name}, but {problem}',
                        [(index, directive)],
                        [coordinate],
                        "make the subgraphs agree on the fields that it selects",
                    )
                    break


def _problems(schema: Schema, type_name: str, field_set: FieldSet) -> Iterator[str]:
    for selection in field_set:
        if not isinstance(selection, FieldSetField):
            condition = selection.type_condition or type_name
            if not _overlap(schema, type_name, condition):
                yield f"{type_name} is never a {condition} in the supergraph"
            else:
                yield from _problems(schema, condition, selection.selections)
            continue
        if selection.name == "__typename":
            continue
        item = fields_of(schema.types.get(type_name)).get(selection.name)
        if item is None:
            yield f"the supergraph has no {type_name}.{selection.name}"
            continue
        yield from _argument_problems(schema, f"{type_name}.{selection.name}", item, dict(selection.arguments))
        yield from _problems(schema, named_type(item.type), selection.selections)


def _overlap(schema: Schema, left: str, right: str) -> bool:
    return left == right or not set(schema.possible_types(left)).isdisjoint(schema.possible_types(right))


def _argument_problems(schema: Schema, coordinate: str, item: Field, given: dict[str, Value]) -> Iterator[str]:
    for name, value in given.items():
        if name not in item.arguments:
            yield f"the supergraph has no {coordinate}({name}:), since not every subgraph has it"
        elif not is_value_of(schema, item.arguments[name].type, value):
            yield f"the value of {coordinate}({name}:) is not valid in the supergraph"
    for argument in item.arguments.values():
        if argument.required and argument.name not in given:
            yield f"{coordinate}({argument.name}:) is required in the supergraph"
