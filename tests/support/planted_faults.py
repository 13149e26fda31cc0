"""Deliberate faults in the router, to prove that the oracle finds faults.

A fault replaces one line in a module's source; the changed functions' code objects are put into the living functions,
so that whoever imported them runs the fault, and are taken back afterwards. A fault whose line isn't in the source any
more is an error, so that the list follows the code.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """``before`` is text that occurs in the module's source, ``after`` what stands there instead.

    ``seed`` is the one whose worlds are tried first; ``missed`` says why the oracle can't be expected to find it.
    """

    name: str
    module: str
    before: str
    after: str
    seed: int = 1
    missed: str | None = None


@contextmanager
def planted(fault: PlantedFault) -> Iterator[None]:
    """Run with a fault."""
    module = importlib.import_module(fault.module)
    source = inspect.getsource(module)
    assert fault.before in source, f"{fault.name}: {fault.before!r} isn't in {fault.module} any more"
    changed = ModuleType(fault.module)
    changed.__file__ = module.__file__
    text = source.replace(fault.before, fault.after)
    # Dataclasses look their module up by name while they are made; the real one serves.
    exec(compile(text, str(module.__file__), "exec"), changed.__dict__)
    swapped: list[tuple[FunctionType, Any]] = []
    for path, function in _functions(module, module.__name__):
        other = _find(changed, path)
        if (other is not None and other.__code__.co_code != function.__code__.co_code) or _differs(other, function):
            swapped.append((function, function.__code__))
            function.__code__ = other.__code__
    assert swapped, f"{fault.name}: nothing changed"
    try:
        yield
    finally:
        for function, code in swapped:
            function.__code__ = code


def _differs(other: Any, function: FunctionType) -> bool:
    return other is not None and (
        other.__code__.co_consts != function.__code__.co_consts or other.__code__.co_names != function.__code__.co_names
    )


def _functions(owner: Any, module: str) -> Iterator[tuple[tuple[str, ...], FunctionType]]:
    for name, value in list(vars(owner).items()):
        if isinstance(value, FunctionType) and value.__module__ == module:
            yield (name,), value
        elif inspect.isclass(value) and value.__module__ == module and not name.startswith("__"):
            for path, function in _functions(value, module):
                yield (name, *path), function


def _find(owner: Any, path: tuple[str, ...]) -> FunctionType | None:
    for name in path:
        owner = vars(owner).get(name)
        if owner is None:
            return None
    return owner if isinstance(owner, FunctionType) else None


_REPRESENTATIONS = "router.execution.representations"
_ABSORB = "router.execution.absorb_entities"
_TREE = "router.execution.tree"
_FETCHES = "router.execution.fetches"
_PROJECTION = "router.execution.projection"
_EXECUTOR = "router.execution.executor"

FAULTS = (
    PlantedFault(
        "entities swapped",
        _ABSORB,
        "in zip(batch.groups, entities, strict=True):",
        "in zip(batch.groups, entities[::-1], strict=True):",
    ),
    PlantedFault(
        "only the first of equal entities filled",
        _REPRESENTATIONS,
        "positions[group_key].targets.append((target, place))",
        "positions[group_key].targets or positions[group_key].targets.append((target, place))",
    ),
    PlantedFault(
        "different entities taken for one",
        _REPRESENTATIONS,
        "group_key = (batch_key, canonical_json(representation))",
        'group_key = (batch_key, representation["__typename"])',
    ),
    PlantedFault(
        "a key's value taken from another field",
        _REPRESENTATIONS,
        "yield item.name, _read_value(value, item, marks)",
        'yield item.name, _read_value(target["__typename"] if item.name == "id" else value, item, marks)',
    ),
    PlantedFault(
        "required fields left out of the representation",
        _REPRESENTATIONS,
        "for item in _fields_of(target, selections):\n        if item.source",
        "for item in [one for one in _fields_of(target, selections) if one.key]:\n        if item.source",
    ),
    PlantedFault(
        "the interface's name not told to its object form",
        _REPRESENTATIONS,
        'shape.typename or target["__typename"]',
        'target["__typename"]',
    ),
    PlantedFault(
        "a context read from another object",
        _REPRESENTATIONS,
        "_pick(trail[context.ancestor], context.selections, marks)",
        "_pick(trail[-1], context.selections, marks)",
        seed=6,
    ),
    PlantedFault(
        "a label's sense turned",
        "router.planning.single_subgraph",
        "(way.override.label in self._labels) == way.override.active",
        "(way.override.label in self._labels) != way.override.active",
    ),
    PlantedFault(
        "an entity's answer not merged",
        _ABSORB,
        "and merge(target, source, types):",
        "and True:",
    ),
    PlantedFault(
        "copies of an entity share what is below",
        _ABSORB,
        "source = entity if index == last else copy_tree(entity)",
        "source = entity if index == last else {}",
    ),
    PlantedFault(
        "an entity's errors lost",
        _ABSORB,
        "self._report_at_places(batch, ours)\n            self._mark",
        "self._mark",
        seed=2,
    ),
    PlantedFault(
        "a null wins over a value",
        _TREE,
        "return old if new is None else new",
        "return new if new is None else old",
        missed="subgraphs over one data set never disagree",
    ),
    PlantedFault(
        "value types not merged",
        _TREE,
        "target[name] = _merge_value(target[name], value, types)",
        "target[name] = value",
        seed=1,
    ),
    PlantedFault("the first item of a list passed over", _TREE, "enumerate(value):", "list(enumerate(value))[1:]:"),
    PlantedFault(
        "type steps ignored", _TREE, 'value.get("__typename") in types:', 'value.get("__typename") not in types:'
    ),
    PlantedFault(
        "variables not sent",
        _FETCHES,
        "for name in fetch.variables if name in self.variables}",
        "for name in fetch.variables if name not in self.variables}",
    ),
    PlantedFault(
        "an alias lost",
        _PROJECTION,
        "for name, selections in fields.items():\n            first = selections[0]",
        "for selections in fields.values():\n            first = selections[0]\n            name = first.name",
    ),
    PlantedFault("a condition's sense turned", _PROJECTION, "is not item.negated for item", "is item.negated for item"),
    PlantedFault(
        "a list turned round",
        _PROJECTION,
        "for index, item in enumerate(value)]",
        "for index, item in enumerate(value[::-1])]",
    ),
    PlantedFault(
        "a null let through at a non-null type",
        _PROJECTION,
        "            if completed is None:\n                raise self._go_up",
        "            if completed is ...:\n                raise self._go_up",
        seed=4,
    ),
    PlantedFault(
        "a null goes up one level too far",
        _PROJECTION,
        "        except _Null:\n            return None\n\n    def _list",
        "        except _Null:\n            raise\n\n    def _list",
        seed=4,
    ),
    PlantedFault("fragments of another type applied", _PROJECTION, "type_name not in selection.types and", "False and"),
    PlantedFault(
        "sub-selections of a repeated field lost",
        _PROJECTION,
        "fields.setdefault(selection.response_name, []).append(selection)",
        "fields.setdefault(selection.response_name, [selection])",
        seed=1,
    ),
    PlantedFault(
        "what external means forgotten",
        "router.graph.build",
        "requires=() if item.external else item.requires,",
        "requires=(),",
    ),
    PlantedFault(
        "an alias of the plan not made", "router.planning.naming", "name = self._new_alias()", "name = name", seed=2
    ),
    PlantedFault(
        "arguments left out of a fetch", "router.planning.naming", "    if not field.arguments:", "    if field:"
    ),
    PlantedFault(
        "a fetch's condition turned",
        "router.planning.print_request",
        "{'skip' if condition.negated else 'include'}",
        "{'include' if condition.negated else 'skip'}",
    ),
    PlantedFault(
        "what comes first under a condition taken for what always comes",
        "router.planning.cover",
        "and all(condition in known for condition in item.field.conditions)",
        "and True",
    ),
    PlantedFault(
        "a deferred part at another place",
        _EXECUTOR,
        "path=place, label=part.label",
        "path=place[:-1], label=part.label",
        seed=2,
    ),
    PlantedFault("a deferred part without its label", _EXECUTOR, "path=place, label=part.label", "path=place", seed=2),
    PlantedFault(
        "parts within a deferred part lost",
        _PROJECTION,
        "for item, key in deferred if key in self.around)",
        "for item, key in deferred[:0])",
        seed=2,
    ),
    PlantedFault(
        "the end of a deferred answer not told",
        _EXECUTOR,
        "_with_next(part, bool(waiting) or index < len(parts) - 1)",
        "_with_next(part, True)",
    ),
    PlantedFault(
        "what an event needs besides not fetched",
        _EXECUTOR,
        "if node.rest is not None:",
        "if node.rest is ...:",
        seed=2,
    ),
    PlantedFault(
        "mutations of several subgraphs at once",
        "router.planning.planner",
        "else SequenceNode(tuple(nodes))",
        "else __import__('router.query_plan.nodes').query_plan.nodes.ParallelNode(tuple(nodes))",
        seed=3,
    ),
    PlantedFault(
        "a narrower field asked on the interface",
        "router.planning.translate",
        "and _leads_to(general, leads_to):",
        "and True:",
        seed=2,
    ),
    PlantedFault("a wrong count of entities let through", _ABSORB, "or len(entities) != len(batch.groups)", "or False"),
    PlantedFault(
        "a field that an answer leaves out not told",
        _PROJECTION,
        "elif self._is_left_out(target, first.response_name, path):",
        "elif False:",
        seed=6,
    ),
    PlantedFault(
        "an enum value that the API lacks let through",
        "router.execution.leaves",
        "raise WrongLeaf(f\"Enum '{name}'",
        "return value if value else WrongLeaf(f\"Enum '{name}'",
    ),
)
