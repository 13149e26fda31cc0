"""The monolith: graphql-core on the API schema over the whole data set, as the judge of every answer.

Enters: an API schema, a data set, an operation. Leaves: the GraphQL response one server would give. It knows one thing
that no server's schema says: which arguments come from an object above the field's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    build_ast_schema,
    execute,
    is_abstract_type,
    parse,
    visit,
)

from router.federation.field_set import FieldSet, FieldSetField
from router.verification.contexts import ContextArgument, ContextArguments
from router.verification.dataset import Dataset, StoredObject, events_of


class _WithoutDefer(Visitor):
    """Takes ``@defer`` out, which says how an answer is delivered and not what it is."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value == "defer" else None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An object, and the one that it was reached from."""

    stored: StoredObject
    above: Seen | None = None

    @property
    def typename(self) -> str:
        return self.stored.typename


class Monolith:
    """One server that holds all the data. ``api_sdl`` is the API schema's SDL."""

    def __init__(self, api_sdl: str, dataset: Dataset, contexts: ContextArguments | None = None) -> None:
        self.schema = build_ast_schema(parse(api_sdl), assume_valid=True)
        self.dataset = dataset
        self.contexts = contexts or {}

    def execute(
        self, operation: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """Execute a query or mutation; resolvers are synchronous. What is deferred comes in its place."""
        document = parse(operation)
        if "@defer" in operation:
            document = visit(document, _WithoutDefer())
        return self._execute(document, variables, operation_name, None)

    def execute_document(self, document: DocumentNode, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        """Execute a query without ``@defer`` that was parsed, or made, before."""
        return self._execute(document, variables, None, None)

    def events(self, operation: str, variables: Mapping[str, Any] | None = None) -> list[ExecutionResult] | None:
        """Execute a subscription once for each event in the data set; ``None`` for any other operation."""
        document = parse(operation)
        definition = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        if definition.operation is not OperationType.SUBSCRIPTION:
            return None
        roots = events_of(self.dataset.roots.get("Subscription"))
        return [self._execute(document, variables, None, root) for root in roots]

    def _execute(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        root: StoredObject | None,
    ) -> ExecutionResult:
        result = execute(
            self.schema,
            document,
            root_value=None if root is None else Seen(root),
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=resolve_typename,
        )
        assert isinstance(result, ExecutionResult)
        return result

    def _resolve(self, source: Seen | None, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.parent_type.name
        seen = source or Seen(self.dataset.roots.get(name, StoredObject(name, {})))
        for argument in self.contexts.get((name, info.field_name), ()):
            arguments[argument.name] = self._context_value(argument, seen.above)
        return _below(self._read(seen.stored, info.field_name, arguments), seen)

    def _read(self, source: StoredObject, name: str, arguments: Mapping[str, Any]) -> Any:
        return self.dataset.evaluate(
            source.values.get(name), arguments, lambda other, given: self._read(source, other, given)
        )

    def _context_value(self, argument: ContextArgument, seen: Seen | None) -> Any:
        """What the nearest object above gives that sets the context."""
        while seen is not None:
            names = (seen.typename, *self._abstract_types(seen.typename))
            if argument.setters.intersection(names):
                return self._pick(seen.stored, argument.selection, names)
            seen = seen.above
        return None

    def _abstract_types(self, typename: str) -> list[str]:
        return [name for name, members in self.dataset.possible_types.items() if typename in members]

    def _pick(self, value: Any, selection: FieldSet, names: tuple[str, ...] = ()) -> Any:
        if isinstance(value, list):
            return [self._pick(item, selection) for item in value]
        if not isinstance(value, StoredObject):
            return value
        for item in selection:
            if isinstance(item, FieldSetField):
                inner = self._read(value, item.name, dict(item.arguments))
                return self._pick(inner, item.selections) if item.selections else inner
            if item.type_condition is None or item.type_condition in (names or (value.typename,)):
                return self._pick(value, item.selections, names)
        return None


def _below(value: Any, seen: Seen) -> Any:
    if isinstance(value, list):
        return [_below(item, seen) for item in value]
    return Seen(value, seen) if isinstance(value, StoredObject) else value


def resolve_typename(value: Any, info: GraphQLResolveInfo[Any], abstract_type: Any) -> str | None:
    """Tell graphql-core the concrete type of a stored object."""
    typename = getattr(value, "typename", None)
    return typename or None


def possible_types_of(schema: GraphQLSchema) -> dict[str, tuple[str, ...]]:
    """Map every composite type of a schema to its object types."""
    table: dict[str, tuple[str, ...]] = {}
    for name, graphql_type in schema.type_map.items():
        if isinstance(graphql_type, GraphQLObjectType):
            table[name] = (name,)
        elif is_abstract_type(graphql_type):
            table[name] = tuple(possible.name for possible in schema.get_possible_types(graphql_type))
    return table
