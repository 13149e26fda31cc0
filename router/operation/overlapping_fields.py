"""Field selection merging (GraphQL specification, section 5.3.2) at near linear cost, as a graphql-core rule.

The specification compares every two fields of one response name, and their sub-selections pair by pair; 200 times
``n{id s}`` is 20,000 comparisons. But "the same field with the same arguments" and "the same shape" are equivalences:
it is enough to compare each field with the first of its group, and then to look *once* at all sub-selections of the
group together.

Two fields must be the same field only if one object can have both: their parent types are equal, or one is abstract. So
a group falls into classes, one for each object type, with the abstract ones in all; within a class everything must be
the same, between classes only the shape. For example ``{ pet { ...on Dog { n: bark } ...on Cat { n: meow } } }`` has
the classes {Dog.bark} and {Cat.meow} under ``n``: different fields are fine if their types are alike.

Invariant: every set of selection sets is looked at once, and all looks together are bounded; a document that passes the
bound is refused with an error, since only one that was made to do so does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    ValidationContext,
    ValidationRule,
    is_composite_type,
    is_leaf_type,
    print_ast,
    type_from_ast,
)
from graphql.language import ast

#: Fields that are looked at in all, beyond which a document is refused.
MAX_LOOKS: Final = 60_000

#: Conflicts that are reported before the rest is left out.
MAX_CONFLICTS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A field in its place; ``owner`` is the field whose sub-selection it stands in."""

    parent: GraphQLCompositeType | None
    node: ast.FieldNode
    definition: GraphQLField | None
    owner: _Entry | None


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """A selection set in its place."""

    parent: GraphQLCompositeType | None
    node: ast.SelectionSetNode
    owner: _Entry | None


_Groups = dict[str, list[_Entry]]


class _Enough(Exception):
    pass


class OverlappingFieldsRule(ValidationRule):
    """Replaces graphql-core's ``OverlappingFieldsCanBeMergedRule``; its messages are the same."""

    def enter_operation_definition(self, node: ast.OperationDefinitionNode, *_args: Any) -> None:
        """Check a whole operation, with the fragments that it spreads."""
        root = self.context.schema.get_root_type(node.operation)
        check = _Check(self.context)
        try:
            check.merge([_Set(root, node.selection_set, None)])
        except _Enough:
            if not check.conflicts:
                message = "The operation's fields overlap in too many ways to be checked."
                self.report_error(GraphQLError(message, nodes=[node]))
        for error in check.conflicts:
            self.report_error(error)


class _Check:
    def __init__(self, context: ValidationContext) -> None:
        self._context = context
        self._looks = 0
        self._merged: set[frozenset[tuple[int, int]]] = set()
        self._shaped: set[frozenset[tuple[int, int]]] = set()
        self._signatures: dict[int, str] = {}
        self._pairs: set[tuple[int, int]] = set()
        self.conflicts: list[GraphQLError] = []

    def merge(self, sets: list[_Set]) -> None:
        """Check that all fields of these selection sets, which stand at one place, can be merged."""
        for name, group in self._unseen(sets, self._merged):
            if len(group) == 1:
                self._descend(group)
                continue
            classes = list(_classes(group))
            for members in classes:
                first = members[0]
                for other in members[1:]:
                    self._compare(name, first, other, same_field=True)
                self._descend(members)
            if len(classes) > 1:
                self._same_shape(name, group)

    def shape(self, sets: list[_Set]) -> None:
        """Check that all fields of these selection sets have the same shape, whatever objects they are on."""
        for name, group in self._unseen(sets, self._shaped):
            self._same_shape(name, group)

    def _same_shape(self, name: str, group: list[_Entry]) -> None:
        first = group[0]
        for other in group[1:]:
            self._compare(name, first, other, same_field=False)
        inner = list(_inner_sets(group))
        if len(inner) > 1:
            self.shape(inner)

    def _descend(self, members: list[_Entry]) -> None:
        inner = list(_inner_sets(members))
        if inner:
            self.merge(inner)

    def _unseen(self, sets: list[_Set], seen: set[frozenset[tuple[int, int]]]) -> Iterable[tuple[str, list[_Entry]]]:
        key = frozenset((id(item.parent), id(item.node)) for item in sets)
        if key in seen:
            return ()
        seen.add(key)
        groups: _Groups = {}
        spread: set[str] = set()
        known: set[tuple[int, int]] = set()
        for item in sets:
            self._collect(item, groups, spread, known)
        return groups.items()

    def _collect(self, item: _Set, groups: _Groups, spread: set[str], known: set[tuple[int, int]]) -> None:
        key = (id(item.parent), id(item.node))
        if key in known:
            return
        known.add(key)
        self._looks += len(item.node.selections)
        if self._looks > MAX_LOOKS:
            raise _Enough
        for node in item.node.selections:
            if isinstance(node, ast.FieldNode):
                definition = self._definition(item.parent, node)
                name = node.alias.value if node.alias else node.name.value
                groups.setdefault(name, []).append(_Entry(item.parent, node, definition, item.owner))
            elif isinstance(node, ast.InlineFragmentNode):
                parent = item.parent if node.type_condition is None else self._type(node.type_condition)
                self._collect(_Set(parent, node.selection_set, item.owner), groups, spread, known)
            elif isinstance(node, ast.FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._context.get_fragment(node.name.value)
                if fragment is not None:
                    parent = self._type(fragment.type_condition)
                    self._collect(_Set(parent, fragment.selection_set, item.owner), groups, spread, known)

    def _type(self, node: ast.NamedTypeNode) -> GraphQLCompositeType | None:
        found = type_from_ast(self._context.schema, node)
        return found if is_composite_type(found) else None

    def _definition(self, parent: GraphQLCompositeType | None, node: ast.FieldNode) -> GraphQLField | None:
        return None if parent is None else self._context.schema.get_field(parent, node.name.value)

    def _compare(self, name: str, left: _Entry, right: _Entry, same_field: bool) -> None:
        reason = self._reason(left, right, same_field)
        if reason is None or (id(left.node), id(right.node)) in self._pairs:
            return
        self._pairs.add((id(left.node), id(right.node)))
        self.conflicts.append(_conflict(name, reason, left, right))
        if len(self.conflicts) >= MAX_CONFLICTS:
            raise _Enough

    def _reason(self, left: _Entry, right: _Entry, same_field: bool) -> str | None:
        if same_field:
            names = left.node.name.value, right.node.name.value
            if names[0] != names[1]:
                return f"'{names[0]}' and '{names[1]}' are different fields"
            if self._signature(left.node) != self._signature(right.node):
                return "they have differing arguments"
        if left.definition is None or right.definition is None or left.definition is right.definition:
            return None
        if _types_differ(left.definition.type, right.definition.type):
            return f"they return conflicting types '{left.definition.type}' and '{right.definition.type}'"
        return None

    def _signature(self, node: ast.FieldNode) -> str:
        """A text of the arguments that is equal for equal ones, in whatever order."""
        if not node.arguments:
            return ""
        found = self._signatures.get(id(node))
        if found is None:
            found = "\n".join(sorted(f"{item.name.value}:{_print(item.value)}" for item in node.arguments))
            self._signatures[id(node)] = found
        return found


def _print(value: ast.ValueNode) -> str:
    if isinstance(value, ast.ObjectValueNode):
        return "{" + ",".join(sorted(f"{item.name.value}:{_print(item.value)}" for item in value.fields)) + "}"
    if isinstance(value, ast.ListValueNode):
        return "[" + ",".join(_print(item) for item in value.values) + "]"
    if isinstance(value, ast.IntValueNode | ast.FloatValueNode | ast.EnumValueNode):
        return value.value
    if isinstance(value, ast.StringValueNode):
        return f"{'block' if value.block else ''}{value.value!r}"
    return print_ast(value)


def _classes(group: list[_Entry]) -> Iterator[list[_Entry]]:
    """Split a group into what one object can have at once, each in document order: by object type, abstract in all."""
    objects: dict[GraphQLCompositeType, list[int]] = {}
    abstract: list[int] = []
    for index, entry in enumerate(group):
        if isinstance(entry.parent, GraphQLObjectType):
            objects.setdefault(entry.parent, []).append(index)
        else:
            abstract.append(index)
    if not objects:
        yield group
    for members in objects.values():
        yield [group[index] for index in sorted(abstract + members)]


def _inner_sets(entries: list[_Entry]) -> Iterator[_Set]:
    for entry in entries:
        if entry.node.selection_set is not None:
            inner = _core(entry.definition.type) if entry.definition is not None else None
            yield _Set(inner if is_composite_type(inner) else None, entry.node.selection_set, entry)


def _core(found: GraphQLOutputType) -> Any:
    while isinstance(found, GraphQLList | GraphQLNonNull):
        found = found.of_type
    return found


def _types_differ(left: Any, right: Any) -> bool:
    for wrapper in (GraphQLList, GraphQLNonNull):
        if isinstance(left, wrapper) or isinstance(right, wrapper):
            return not (isinstance(left, wrapper) and isinstance(right, wrapper)) or _types_differ(
                left.of_type, right.of_type
            )
    return (is_leaf_type(left) or is_leaf_type(right)) and left is not right


def _conflict(name: str, reason: str, left: _Entry, right: _Entry) -> GraphQLError:
    """Make the error, told from the outermost two fields that bring the conflict about."""
    nodes_left, nodes_right = [left.node], [right.node]
    above, beside = left.owner, right.owner
    while above is not None and beside is not None and above.node is not beside.node:
        reason = f"subfields '{name}' conflict because {reason}"
        name = above.node.alias.value if above.node.alias else above.node.name.value
        nodes_left.insert(0, above.node)
        nodes_right.insert(0, beside.node)
        above, beside = above.owner, beside.owner
    return _located(
        f"Fields '{name}' conflict because {reason}. Use different aliases on the fields"
        " to fetch both if this was intentional.",
        nodes_left + nodes_right,
    )


def _located(message: str, nodes: list[ast.FieldNode]) -> GraphQLError:
    """Make an error at some nodes. Given them at once, it would read the whole text before them for its lines."""
    error = GraphQLError(message)
    places = [node.loc for node in nodes if node.loc is not None]
    error.nodes = list(nodes)
    if places:
        error.source = places[0].source
        error.positions = [place.start for place in places]
        error.locations = [place.source.get_location(place.start) for place in places]
    return error
