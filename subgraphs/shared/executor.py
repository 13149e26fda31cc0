"""The executor of a subgraph: the GraphQL library's, with a short way for fields that only read.

Enters: a validated document. Leaves: an execution result.
Invariant: a result equals the one that the library's own executor gives, errors and order included. Only a
field that takes no argument, asks for no info, isn't asynchronous and has a scalar or an enum as its type goes
the short way; what it can't finish cleanly (an exception, a null that may not be) goes the long way again, so
that errors are always made by the library.

Why: an entity's fields are almost all of that kind. The long way makes a path, a resolve info and several
calls for each of them, which was most of the time of an `_entities` request.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from operator import attrgetter
from types import CoroutineType
from typing import Any, Final, TypeGuard, cast

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from strawberry.schema import Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from subgraphs.shared.errors import SubgraphError

#: Gives a field's finished value for its source, or raises for the long way to be taken.
Reader = Callable[[Any], Any]
EXTENSION: Final = "leaf_readers"
#: What a field that waits for something costs, in fields that only read: by measurement, a hundred and more.
WAITING: Final = 20


class TakeLongWay(Exception):
    """This value can't be finished by a reader."""


class AnswerTooLarge(SubgraphError):
    """A document of few fields can ask for millions, by lists within lists. What is left of the answer is no use."""

    code = "OPERATION_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__("The answer would be too large; ask for less at once.")


def install_readers(schema: Schema, graphql_schema: GraphQLSchema) -> None:
    """Find each field that only reads, and note its reader in the schema's extensions; and those that wait."""
    readers: dict[str, dict[str, Reader]] = {}
    origins: dict[type, GraphQLObjectType] = {}
    waiting: dict[str, frozenset[str]] = {}
    for name, type_ in graphql_schema.type_map.items():
        definition = schema.get_type_by_name(name)
        if not isinstance(type_, GraphQLObjectType) or not isinstance(definition, StrawberryObjectDefinition):
            continue
        origins[definition.origin] = type_
        found: dict[str, Reader] = {"__typename": partial(say, name)}
        for field in definition.fields:
            field_name = schema.config.name_converter.get_graphql_name(field)
            read = find_read(field)
            if read is not None and field_name in type_.fields:
                reader = make_reader(read, type_.fields[field_name].type)
                found |= {} if reader is None else {field_name: reader}
        readers[name] = found
        waiting[name] = frozenset(
            schema.config.name_converter.get_graphql_name(field) for field in definition.fields if field.is_async
        )
    graphql_schema.extensions[EXTENSION] = (readers, origins, waiting)


def say(name: str, _: object) -> str:
    return name


def find_read(field: StrawberryField) -> Callable[[Any], Any] | None:
    """The function of a field that needs nothing but its source; None for any other field."""
    if field.arguments or field.extensions or field.permission_classes or field.is_async:
        return None
    if field.base_resolver is None:
        return attrgetter(field.python_name)
    function = field.base_resolver.wrapped_func
    if not inspect.isfunction(function) or list(inspect.signature(function).parameters) != ["self"]:
        return None
    return function


def make_reader(read: Callable[[Any], Any], type_: Any) -> Reader | None:
    """A reader for a leaf type, None for another."""
    nullable = not isinstance(type_, GraphQLNonNull)
    named = type_ if nullable else type_.of_type
    if not is_leaf_type(named):
        return None
    coerce = named.coerce_output_value
    is_enum = isinstance(named, GraphQLEnumType)
    members: dict[Any, Any] = {}  # no more than the enum has
    is_text = named is GraphQLString or named.name == "ID"

    def reader(source: Any) -> Any:
        value = read(source)
        if is_text and type(value) is str:
            return value
        if value is None and nullable:
            return None
        if value is None or isinstance(value, Exception):
            raise TakeLongWay
        if is_enum and value in members:
            return members[value]
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TakeLongWay
        if is_enum:
            members[value] = coerced
        return coerced

    return reader


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """Whether a resolver gave something to wait for. The plainest answers come first."""
    kind = type(value)
    if kind in (dict, list, str):
        return False
    return kind is CoroutineType or hasattr(kind, "__await__")


class SubgraphExecutor(Executor[Any]):
    """`build` is given `is_awaitable` of this module."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._readers, self._origins, self._waiting = cast(
            tuple[dict[str, dict[str, Reader]], dict[type, GraphQLObjectType], dict[str, frozenset[str]]],
            self.schema.extensions[EXTENSION],
        )
        # By the identity of a grouped field set, which is kept beside it so that no other can take its id.
        self._ways: dict[int, tuple[object, list[tuple[str, Reader | None]], int]] = {}

        self._whole: dict[tuple[str, int], tuple[object, list[tuple[str, Reader]] | None]] = {}
        #: Fields that were answered so far, and how many may be; one that waits for something is `WAITING` fields.
        self.spent = 0
        self.budget = sys.maxsize

    def spend(self, fields: int) -> None:
        """Raises `AnswerTooLarge`, from the first time on at each field, so that what is under way ends quickly."""
        self.spent += fields
        if self.spent > self.budget:
            raise AnswerTooLarge

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Read what can be read; hand the rest to the library, and keep the order of the selection."""
        known = self._ways.get(id(grouped_field_set))
        if known is None:
            ways = self._find_ways(parent_type, grouped_field_set)
            known = (grouped_field_set, ways, self._cost(parent_type, ways, grouped_field_set))
            self._ways[id(grouped_field_set)] = known
        self.spend(known[2])
        results: dict[str, Any] = {}
        long_way: dict[str, Any] = {}
        for response_name, reader in known[1]:
            if reader is not None:
                try:
                    results[response_name] = reader(source_value)
                    continue
                except Exception:  # noqa: S110  # the long way meets the same exception and reports it
                    pass
            results[response_name] = None
            long_way[response_name] = grouped_field_set[response_name]
        if not long_way:
            return results
        rest = super().execute_fields(parent_type, source_value, path, long_way, position_context)
        if not is_awaitable(rest):
            return merge(results, long_way, cast(dict[str, Any], rest))

        async def wait() -> dict[str, Any]:
            return merge(results, long_way, await cast(Any, rest))

        return wait()

    def _find_ways(self, parent_type: GraphQLObjectType, grouped_field_set: Any) -> list[tuple[str, Reader | None]]:
        readers = self._readers.get(parent_type.name, {})
        if self.middleware_manager is not None:
            readers = {}
        return [(name, readers.get(details[0].node.name.value)) for name, details in grouped_field_set.items()]

    def _cost(
        self, parent_type: GraphQLObjectType, ways: list[tuple[str, Reader | None]], grouped_field_set: Any
    ) -> int:
        """What it costs to answer a selection once, in fields that only read."""
        waits = self._waiting.get(parent_type.name, frozenset())
        names = {name: grouped_field_set[name][0].node.name.value for name, _ in ways}
        return sum(1 if reader else WAITING if names[name] in waits else 2 for name, reader in ways)

    def complete_list_item_value(
        self,
        item: Any,
        complete_results: list[Any],
        item_type: Any,
        field_details_list: Any,
        info: Any,
        item_path: Any,
        position_context: Any,
    ) -> bool:
        """An object of which everything that is asked for can be read is finished here, by the list itself."""
        runtime_type = self._origins.get(type(item))
        if runtime_type is not None:
            readers = self._whole_readers(runtime_type, item_type, field_details_list)
            if readers is not None:
                self.spend(len(readers))
                try:
                    complete_results.append({name: reader(item) for name, reader in readers})
                    return False
                except Exception:  # noqa: S110  # the long way meets the same exception and reports it
                    pass
        return super().complete_list_item_value(
            item, complete_results, item_type, field_details_list, info, item_path, position_context
        )

    def _whole_readers(
        self, runtime_type: GraphQLObjectType, item_type: Any, field_details_list: Any
    ) -> list[tuple[str, Reader]] | None:
        """The readers of a selection on a type, None when one of its fields has none or the type isn't allowed."""
        key = (runtime_type.name, id(field_details_list))
        known = self._whole.get(key)
        if known is None:
            named = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
            allowed = named is runtime_type or (
                is_abstract_type(named) and self.schema.is_sub_type(named, runtime_type)
            )
            grouped = self.collect_subfields(runtime_type, field_details_list)[0] if allowed else {}
            ways = self._find_ways(runtime_type, grouped)
            readers = [(name, reader) for name, reader in ways if reader is not None]
            known = (field_details_list, readers if allowed and len(readers) == len(ways) else None)
            self._whole[key] = known
        return known[1]

    def complete_abstract_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """An object of one of our own classes says by its class which member of the union it is."""
        runtime_type = self._origins.get(type(result))
        if runtime_type is None or not self.schema.is_sub_type(return_type, runtime_type):
            return super().complete_abstract_value(
                return_type, field_details_list, info, path, result, position_context
            )
        return self.collect_and_execute_subfields(runtime_type, field_details_list, path, result, position_context)


def merge(results: dict[str, Any], long_way: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    for name in long_way:
        if name in rest:
            results[name] = rest[name]
        else:
            del results[name]
    return results
