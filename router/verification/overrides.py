"""Which fields a subgraph must not be asked for, since ``@override`` gives them to another one.

Enters: what each subgraph's own SDL says, and the labels that a request turns on. Leaves: fields by subgraph.
Invariant: a label that chance decides closes nothing, since either subgraph may be asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.verification.mock_schema import MockSchema


def closed_fields(schemas: Mapping[str, MockSchema], labels: frozenset[str]) -> dict[str, frozenset[tuple[str, str]]]:
    """Return, for each subgraph, the fields (by type and name) that are overridden, or whose override is off."""
    closed: dict[str, set[tuple[str, str]]] = {name: set() for name in schemas}
    for name, schema in schemas.items():
        for type_name, kind in schema.types.items():
            for field, (source, label) in kind.overrides.items():
                active = _is_active(label, labels)
                if active is not None:
                    closed.setdefault(source if active else name, set()).add((type_name, field))
    return {name: frozenset(fields) for name, fields in closed.items()}


def _is_active(label: str | None, labels: frozenset[str]) -> bool | None:
    """Whether an override holds; ``None`` where that is drawn."""
    if label is None or label in labels:
        return True
    if not label.startswith("percent("):
        return False
    share = float(label.removeprefix("percent(").removesuffix(")"))
    return None if 0 < share < 100 else share >= 100
