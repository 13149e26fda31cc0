"""What each stage of planning made, as text for people.

Enters: an operation, spots, alternatives, a fetch graph. Leaves: text, one line a thing. Invariant: nothing here is
read back by a program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from router.operation.model import Condition, FieldSelection, FragmentSelection, Operation, SelectionSet
from router.planning.alternatives import Alternative, Costs
from router.planning.fetch_graph import FetchGraph
from router.planning.naming import print_arguments
from router.planning.needs import Needs
from router.planning.picks import Later, Leaf, Nested, Pick, Stand, Together, Touch, Whole
from router.planning.spots import Spot, Spots
from router.query_plan.plan import QueryPlan
from router.query_plan.text import print_path


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan with the artefact of each stage: ``normalize``, ``graph``, ``paths``, ``fetch_graph``."""

    normalize: str
    graph: str
    paths: str
    fetch_graph: str
    plan: QueryPlan


def print_operation(operation: Operation) -> str:
    """Print a normalised operation."""
    head = " ".join(part for part in (operation.kind, operation.name) if part)
    return f"{head} {print_selection_set(operation.selection_set)}"


def print_selection_set(selection_set: SelectionSet) -> str:
    """Print a normalised selection set, indented."""
    return "\n".join(["{", *_selection_lines(selection_set, "  "), "}"])


def _selection_lines(selection_set: SelectionSet, indent: str) -> Iterator[str]:
    for selection in selection_set.selections:
        conditions = "".join(_print_condition(condition) for condition in selection.conditions)
        if isinstance(selection, FieldSelection):
            alias = "" if selection.response_name == selection.name else f"{selection.response_name}: "
            head = f"{alias}{selection.name}{print_arguments(selection)}{conditions}"
        else:
            head = f"... on {selection.type_condition}{conditions}{_print_defer(selection)}"
        if selection.selection_set is None:
            yield indent + head
        else:
            yield f"{indent}{head} {{"
            yield from _selection_lines(selection.selection_set, indent + "  ")
            yield indent + "}"


def _print_condition(condition: Condition) -> str:
    return f" @{'skip' if condition.negated else 'include'}(if: ${condition.variable})"


def _print_defer(fragment: FragmentSelection) -> str:
    if fragment.defer is None:
        return ""
    arguments = []
    if fragment.defer.label is not None:
        arguments.append(f'label: "{fragment.defer.label}"')
    if fragment.defer.condition is not None:
        arguments.append(f"if: ${fragment.defer.condition}")
    return f" @defer({', '.join(arguments)})" if arguments else " @defer"


def print_spots(spots: Spots, operation: Operation) -> str:
    """Print the part of the query graph that an operation's types have: what each subgraph resolves, and the hops."""
    names: dict[str, None] = {}
    _collect_types(operation.selection_set, names, spots, set())
    lines: list[str] = []
    for name in names:
        lines.append(name)
        for subgraph in spots.subgraphs:
            node = spots.graph.node(subgraph, name)
            if node is not None:
                lines.append(f"  {_print_spot(spots.spot(node.index), spots)}")
        for entry in spots.entries(name):
            keys = ", ".join(f"`{key.text}`" for key in entry.keys)
            lines.append(f"  into {spots.names[entry.spot.number]} as {entry.type_name} by {keys}")
    return "\n".join(lines)


def _collect_types(selection_set: SelectionSet, names: dict[str, None], spots: Spots, seen: set[SelectionSet]) -> None:
    if selection_set in seen:
        return
    seen.add(selection_set)
    names[selection_set.parent_type] = None
    if not spots.index.is_object(selection_set.parent_type):
        names.update(dict.fromkeys(spots.index.possible(selection_set.parent_type)))
    for selection in selection_set.selections:
        if selection.selection_set is not None:
            _collect_types(selection.selection_set, names, spots, seen)


def _print_spot(spot: Spot, spots: Spots) -> str:
    fields = []
    for way in spot.ways.values():
        notes = []
        if way.requires:
            notes.append("requires")
        if way.contexts:
            notes.append("context")
        if way.override is not None:
            notes.append(f"{'if' if way.override.active else 'unless'} {way.override.label}")
        fields.append(f"{way.field} ({', '.join(notes)})" if notes else way.field)
    members = [name for name in spot.members if name != spot.type_name]
    kind = " (interface object)" if spot.interface_object else ""
    parts = [f"in {spots.names[spot.number]}{kind}: {', '.join(fields) or 'no fields'}"]
    if members:
        parts.append(f"returns {', '.join(members)}")
    return "; ".join(parts)


def print_alternatives(found: list[Alternative], costs: Costs, spots: Spots) -> str:
    """Print the alternatives that the cover kept, the chosen one first and with its picks."""
    lines = []
    for number, item in enumerate(found):
        lines.append(
            f"{'other' if number else 'chosen'}: cost {costs.cost(item.mask)}, {_requests(item.mask, costs, spots)}"
        )
        if number == 0:
            lines += [f"  {line}" for line in _pick_lines(item.pick, spots)]
    return "\n".join(lines)


def _requests(mask: int, costs: Costs, spots: Spots) -> str:
    steps: list[str] = []
    width = costs.width
    for step in range(costs.last_step(mask) + 1):
        here = [name for number, name in enumerate(spots.names) if mask >> (step * width + number) & 1]
        steps.append(", ".join(here) or "nothing")
    return " then ".join(steps)


def _pick_lines(pick: Pick, spots: Spots) -> Iterator[str]:
    match pick:
        case Together(picks):
            for part in picks:
                yield from _pick_lines(part, spots)
        case Whole(selection_set, _):
            yield f"all of {selection_set.parent_type} from the same fetch"
        case Leaf(selection, _, stand):
            yield f"{selection.response_name} from {_print_stand(stand, spots)}"
        case Nested(selection, _, stands, below):
            yield f"{selection.response_name} from {' or '.join(_print_stand(stand, spots) for stand in stands)}"
            for line in _pick_lines(below, spots):
                yield f"  {line}"
        case Touch(stand):
            yield f"__typename from {_print_stand(stand, spots)}"
        case Later(fragment, inner):
            label = fragment.defer.label if fragment.defer else None
            yield f"later{f' ({label})' if label else ''}:"
            for line in _pick_lines(inner, spots):
                yield f"  {line}"
        case _:
            assert_never(pick)


def _print_stand(stand: Stand, spots: Spots) -> str:
    name = spots.names[stand.spot.number]
    if isinstance(stand.origin, int):
        return name
    return f"{name} (step {stand.origin.step}, by `{stand.origin.key.text}`)"


def print_fetch_graph(graph: FetchGraph, spots: Spots) -> str:
    """Print the steps of a fetch graph after its passes."""
    lines = []
    for step in graph.steps:
        after = ", ".join(str(earlier.number) for earlier in step.before) or "nothing"
        paths = " and ".join(print_path(path) or "the root" for path in step.paths)
        lines.append(f"{step.number}: step {step.step}, {spots.names[step.subgraph]} at {paths}, after {after}")
        lines += [f"  needs {_print_needs(shape.needs)} of {', '.join(shape.types)}" for shape in step.shapes.values()]
        lines += [f"  {reason}" for reason in step.reasons]
    return "\n".join(lines)


def _print_needs(needs: Needs) -> str:
    return " ".join(
        name + (f" {{ {_print_needs(item.below)} }}" if item.below else "") for (_, name), item in needs.items()
    )
