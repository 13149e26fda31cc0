"""Response names for what only the plan needs, such that none meets another field under one name.

Enters: the client's selection sets at a place. Leaves: for a field that the plan needs there, the field's own name
where the client uses that name for the very same field or not at all, else an internal alias (``_a0``). Invariant: at
one place a response name stands for one field with one set of arguments, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.operation.model import FieldSelection, SelectionSet
from router.planning.selections import Item, flatten
from router.type_system.values import print_value

Signature = tuple[str, str]


def print_arguments(field: FieldSelection) -> str:
    """Print a field's arguments with their parentheses; nothing where there are none."""
    if not field.arguments:
        return ""
    return "(" + ", ".join(f"{name}: {print_value(value)}" for name, value in field.arguments) + ")"


def _items(selection_set: SelectionSet) -> Iterator[Item]:
    """Yield all items of a selection set, deferred ones too."""
    for item in flatten(selection_set):
        if item.defer is None:
            yield item
        else:
            yield from _items(item.defer.selection_set)


class Names:
    """The response names of one place; ``counter`` numbers the aliases of a whole plan."""

    __slots__ = ("_clients", "_counter", "_given", "_signatures", "_taken", "_within")

    def __init__(self, clients: tuple[SelectionSet, ...], counter: list[int]) -> None:
        self._clients = clients
        self._counter = counter
        self._signatures: dict[str, set[Signature]] | None = None
        self._given: dict[Signature, str] = {}
        self._taken: dict[str, Signature] = {}
        self._within: dict[str, Names] = {}

    def name_for(self, field: FieldSelection) -> str:
        """Return the response name of a field that the plan needs here."""
        signature = (field.name, print_arguments(field))
        found = self._given.get(signature)
        if found is None:
            name = field.name
            by_client = self._client_signatures().get(name, {signature})
            if by_client != {signature} or self._taken.get(name, signature) != signature:
                name = self._new_alias()
            found = self._given[signature] = name
            self._taken[name] = signature
        return found

    def within(self, response_name: str) -> Names:
        """Return the names of the place below a response name."""
        found = self._within.get(response_name)
        if found is None:
            clients = tuple(
                item.field.selection_set
                for client in self._clients
                for item in _items(client)
                if item.field.response_name == response_name and item.field.selection_set is not None
            )
            found = self._within[response_name] = Names(clients, self._counter)
        return found

    def _new_alias(self) -> str:
        while True:
            name = f"_a{self._counter[0]}"
            self._counter[0] += 1
            if name not in self._client_signatures():
                return name

    def _client_signatures(self) -> dict[str, set[Signature]]:
        if self._signatures is None:
            self._signatures = {}
            for client in self._clients:
                for item in _items(client):
                    signature = (item.field.name, print_arguments(item.field))
                    self._signatures.setdefault(item.field.response_name, set()).add(signature)
        return self._signatures
