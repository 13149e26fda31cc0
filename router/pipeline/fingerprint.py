"""A normalised operation -> a key that is equal for equal operations, whatever text they came from.

Equal selection sets are one object within an operation, so each is read once: the cost is linear in the normal form.
"""

from __future__ import annotations

from hashlib import blake2b

from router.operation.model import FieldSelection, Operation, Selection, SelectionSet
from router.type_system.model import NoDefault
from router.type_system.values import Value, print_value


def fingerprint(operation: Operation) -> bytes:
    """Return 16 bytes that stand for an operation: its kind, name, variables and selections."""
    known: dict[int, bytes] = {}
    variables = [
        f"{item.name}:{item.type}={_default(item.default)}{[(d.name, repr(d.arguments)) for d in item.directives]}"
        for item in operation.variables.values()
    ]
    head = f"{operation.kind} {operation.name} {operation.root_type} {variables}"
    return _digest(head.encode() + _selection_set(operation.selection_set, known))


def _selection_set(selection_set: SelectionSet, known: dict[int, bytes]) -> bytes:
    found = known.get(id(selection_set))
    if found is None:
        parts = [selection_set.parent_type.encode()]
        parts.extend(_selection(selection, known) for selection in selection_set.selections)
        found = known[id(selection_set)] = _digest(b"\n".join(parts))
    return found


def _selection(selection: Selection, known: dict[int, bytes]) -> bytes:
    conditions = [(item.variable, item.negated) for item in selection.conditions]
    if isinstance(selection, FieldSelection):
        arguments = _arguments(selection.arguments)
        directives = [(name, _arguments(given)) for name, given in selection.directives]
        head = f"{selection.response_name}:{selection.name}{arguments}{conditions}{directives}"
        inner = _selection_set(selection.selection_set, known) if selection.selection_set is not None else b""
        return head.encode(errors="surrogatepass") + inner
    head = f"...{selection.type_condition}{selection.types}{conditions}{selection.defer}"
    return head.encode(errors="surrogatepass") + _selection_set(selection.selection_set, known)


def _arguments(arguments: tuple[tuple[str, Value], ...]) -> list[str]:
    return [f"{name}={print_value(value)}" for name, value in arguments]


def _default(value: Value | NoDefault) -> str:
    return "" if isinstance(value, NoDefault) else print_value(value)


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
