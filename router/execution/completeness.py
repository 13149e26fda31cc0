"""What a fetch asked for and its answer leaves out.

Enters: a fetch and an object of its answer, under the names that the subgraph knows. Leaves: the paths of fields that
were selected there and have no key in it, not even null. Invariant: only what was surely asked for is told. Where it
can't be known whether a fragment applies, its fields are passed over, and projection notes what nobody filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graphql.language import ast

from router.execution.errors import MAX_KEPT, ClientPath, ResponseError
from router.execution.fetch_shape import conditions_hold, fragment_of, selected_by, selected_in
from router.execution.response import malformed
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode


@dataclass(frozen=True, slots=True)
class Asked:
    """A fetch as it was sent; ``variables`` are the client's, by which its conditions are decided."""

    fetch: FetchNode
    variables: Mapping[str, Any]
    types: ExecutionTypes

    def missing_at_root(self, data: Mapping[str, Any]) -> Iterator[ClientPath]:
        """Yield the paths of what a root fetch's data lacks."""
        yield from self._object(data, selected_in(self.fetch), None, ())

    def missing_in_entity(self, name: str, entity: Mapping[str, Any], typename: str) -> Iterator[ClientPath]:
        """Yield the paths, from the entity on, of what an answer of the ``_entities`` field ``name`` lacks.

        ``typename`` is what the subgraph was told of the entity.
        """
        yield from self._object(entity, selected_by(self.fetch, name), typename, ())

    def _object(
        self,
        value: Mapping[str, Any],
        selection_set: ast.SelectionSetNode | None,
        told: str | None,
        path: ClientPath,
    ) -> Iterator[ClientPath]:
        for node in selection_set.selections if selection_set is not None else ():
            if not conditions_hold(node, self.variables):
                continue
            if isinstance(node, ast.FieldNode):
                name = (node.alias or node.name).value
                if name not in value:
                    yield (*path, name)
                elif node.selection_set is not None:
                    yield from self._value(value[name], node.selection_set, (*path, name))
                continue
            condition, inner = fragment_of(self.fetch, node)
            if condition is None or self._applies(condition, value.get("__typename"), told):
                yield from self._object(value, inner, told, path)

    def _value(self, value: Any, selection_set: ast.SelectionSetNode, path: ClientPath) -> Iterator[ClientPath]:
        if isinstance(value, dict):
            yield from self._object(value, selection_set, None, path)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._value(item, selection_set, (*path, index))

    def _applies(self, condition: str, typename: Any, told: str | None) -> bool:
        if condition in (typename, told):
            return True
        return isinstance(typename, str) and typename in self.types.possible.get(condition, ())


def lacking(paths: Iterable[ClientPath], service: str) -> Iterator[tuple[ClientPath, ResponseError]]:
    """Give each path of a field that an answer lacks its error, one for each name."""
    errors: dict[str | int, ResponseError] = {}
    for path in islice(paths, MAX_KEPT):
        name = path[-1]
        if name not in errors:
            problem = f"'{name}' was asked for and isn't in the answer; a field without a value has to be null there"
            errors[name] = malformed(service, problem)
        yield path, errors[name]
