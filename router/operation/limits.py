"""Limits on a document's shape, counted as if every fragment were written out, without writing any out.

Enters: a parsed document whose fragments may be circular. Leaves: one error for each limit that is passed. Invariant:
each fragment is counted once, so the cost is linear in the document, however often fragments are spread.

A document with more than :data:`MAX_DEFINITIONS` operations and fragments isn't looked at further.

- *depth*: levels of fields; *height*: fields, *aliases*: fields with an alias, *directives*: applied directives,
  all after expansion; *root fields*: fields of the operation's own selection set after expansion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError
from graphql.language import ast

#: Each is looked at by every rule, used or not, and no client writes so many.
MAX_DEFINITIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The most that one operation may have of each; ``None`` is no limit."""

    depth: int | None = 100
    height: int | None = 10_000
    aliases: int | None = 500
    root_fields: int | None = 100
    directives: int | None = 500


@dataclass(frozen=True, slots=True)
class _Shape:
    depth: int = 0
    height: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0


class _Circular(Exception):
    pass


def check_limits(document: ast.DocumentNode, limits: DocumentLimits) -> list[GraphQLError]:
    """Return an error for every limit that some operation passes; none for circular fragments, which a rule reports."""
    if len(document.definitions) > MAX_DEFINITIONS:
        message = (
            f"The document has {len(document.definitions)} operations and fragments, and at most {MAX_DEFINITIONS}"
            " are allowed."
        )
        return [GraphQLError(message, extensions={"code": "MAX_DEFINITIONS_LIMIT"})]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)}
    counter = _Counter(fragments)
    errors: list[GraphQLError] = []
    for node in document.definitions:
        if isinstance(node, ast.OperationDefinitionNode):
            try:
                shape = counter.selection_set(node.selection_set)
            except _Circular:
                continue
            except RecursionError:
                message = "The operation's fragments are nested too deeply."
                errors.append(GraphQLError(message, nodes=[node], extensions={"code": "MAX_DEPTH_LIMIT"}))
                continue
            directives = shape.directives + len(node.directives or ())
            errors.extend(_compare(node, shape, directives, limits))
    return errors


def _compare(
    node: ast.OperationDefinitionNode, shape: _Shape, directives: int, limits: DocumentLimits
) -> Iterator[GraphQLError]:
    for name, found, limit, code in (
        ("depth", shape.depth, limits.depth, "MAX_DEPTH_LIMIT"),
        ("height", shape.height, limits.height, "MAX_HEIGHT_LIMIT"),
        ("number of aliases", shape.aliases, limits.aliases, "MAX_ALIASES_LIMIT"),
        ("number of root fields", shape.fields, limits.root_fields, "MAX_ROOT_FIELDS_LIMIT"),
        ("number of directives", directives, limits.directives, "MAX_DIRECTIVES_LIMIT"),
    ):
        if limit is not None and found > limit:
            message = f"The operation's {name} is {_number(found)}, and at most {limit} is allowed."
            yield GraphQLError(message, nodes=[node], extensions={"code": code})


def _number(found: int) -> str:
    return str(found) if found < 1_000_000 else "over a million"


class _Counter:
    def __init__(self, fragments: Mapping[str, ast.FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Shape] = {}
        self._open: set[str] = set()

    def selection_set(self, selection_set: ast.SelectionSetNode) -> _Shape:
        depth = height = aliases = directives = fields = 0
        for node in selection_set.selections:
            directives += len(node.directives or ())
            if isinstance(node, ast.FieldNode):
                inner = self.selection_set(node.selection_set) if node.selection_set is not None else _Shape()
                depth = max(depth, inner.depth + 1)
                height += 1
                aliases += node.alias is not None
                fields += 1
            else:
                inner = self._inner(node)
                depth = max(depth, inner.depth)
                fields += inner.fields
            height += inner.height
            aliases += inner.aliases
            directives += inner.directives
        return _Shape(depth, height, aliases, directives, fields)

    def _inner(self, node: ast.SelectionNode) -> _Shape:
        if isinstance(node, ast.InlineFragmentNode):
            return self.selection_set(node.selection_set)
        assert isinstance(node, ast.FragmentSpreadNode)
        name = node.name.value
        if name in self._known:
            return self._known[name]
        if name in self._open:
            raise _Circular
        fragment = self._fragments.get(name)
        if fragment is None:
            return _Shape()
        self._open.add(name)
        self._known[name] = self.selection_set(fragment.selection_set)
        self._open.discard(name)
        return self._known[name]
