"""Whoever implements an interface with a ``@key`` in a subgraph has that key too, so that it can be looked up by it."""

from __future__ import annotations

from router.federation.errors import ErrorCode
from router.federation.facts import Facts
from router.federation.field_sets import FieldSetUse, comparable
from router.federation.findings import Findings
from router.federation.rules.field_set_problems import names_resolve
from router.type_system.model import InterfaceType, ObjectType


def interface_keys_are_implemented(facts: Facts, findings: Findings) -> None:
    """``INTERFACE_KEY_NOT_ON_IMPLEMENTATION``: the key is missing on an implementation, or not resolvable there."""
    uses = facts.field_sets.keys
    interface_uses = [use for use in uses if isinstance(use.owner, InterfaceType)]
    if not interface_uses or not _all_resolve(facts, interface_uses):
        return
    keys: dict[str, dict[frozenset[object], bool]] = {}
    for use in uses:
        if isinstance(use.owner, ObjectType) and use.field_set:
            resolvable = keys.setdefault(use.owner.name, {})
            selected = comparable(use.field_set)
            resolvable[selected] = _resolvable(use) or resolvable.get(selected, False)
    for use in interface_uses:
        wanted = comparable(use.field_set or ())
        for name in facts.schema.possible_types(use.owner.name):
            found = keys.get(name, {}).get(wanted)
            if found is None:
                problem = f'lacks the @key(fields: "{use.text}") of {use.owner.name}; add it'
            elif not found and _resolvable(use):
                problem = f'has @key(fields: "{use.text}") with resolvable: false, unlike {use.owner.name}; make it so'
            else:
                continue
            position = facts.schema.types[name].position
            findings.add(ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION, name, problem, position)


def _all_resolve(facts: Facts, interface_uses: list[FieldSetUse]) -> bool:
    """Whether the keys of interfaces and of their implementations can be compared at all."""
    concerned = {use.owner.name for use in interface_uses}
    for name in tuple(concerned):
        concerned.update(facts.schema.possible_types(name))
    return all(
        use.field_set is not None and names_resolve(facts, use.parent, use.field_set, "key")
        for use in facts.field_sets.keys
        if use.owner.name in concerned
    )


def _resolvable(use: FieldSetUse) -> bool:
    return use.application.arguments.get("resolvable", True) is not False
