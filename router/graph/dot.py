"""Query graph -> DOT text, for Graphviz.

Enters: a :class:`~router.graph.model.QueryGraph`. Leaves: one cluster a subgraph, nodes as types (provided copies with
what they provide), moves as edges: fields plain, entity moves dashed with their key, members dotted. Invariant: the
same graph gives the same text.

The entity moves of a type are the same from everywhere, so they are drawn from the plain node of each subgraph only,
and not to the node itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from router.federation.field_set import print_field_set
from router.graph.model import (
    AbstractMove,
    EntityMove,
    FieldMove,
    InterfaceObjectMove,
    Move,
    Node,
    QueryGraph,
    RootMove,
)


def print_dot(graph: QueryGraph) -> str:
    """Print the graph as DOT."""
    lines = ["digraph query_graph {", "  rankdir=LR;", "  node [shape=box];"]
    for number, (subgraph, view) in enumerate(graph.views.items()):
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f"    label={_quote(view.graph.name)};")
        lines.extend(
            f"    n{node.index} [label={_quote(_label(node))}];" for node in graph.nodes if node.subgraph == subgraph
        )
        lines.append("  }")
    roots = {index: kind for kind, indices in graph.roots.items() for index in indices}
    for kind in graph.roots:
        lines.append(f"  {kind} [shape=ellipse];")
    lines.extend(f"  {kind} -> n{index};" for index, kind in roots.items())
    for node in graph.nodes:
        for move in graph.moves[node.index]:
            lines.extend(_print_move(node, move))
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: Node) -> str:
    return f"{node.type} ({print_field_set(node.provided)})" if node.provided else node.type


def _print_move(node: Node, move: Move) -> Iterator[str]:
    start = f"n{node.index}"
    match move:
        case FieldMove():
            if move.target is not None:
                yield f"  {start} -> n{move.target} [label={_quote(_field_label(move))}];"
        case EntityMove() | InterfaceObjectMove():
            if not node.provided and move.target != node.index:
                yield f"  {start} -> n{move.target} [label={_quote('@key ' + move.key.text)}, style=dashed];"
        case RootMove():
            if not node.provided and move.target != node.index:
                yield f"  {start} -> n{move.target} [style=dashed];"
        case AbstractMove():
            yield f"  {start} -> n{move.target} [label={_quote('... on ' + move.member)}, style=dotted];"
        case _:
            assert_never(move)


def _field_label(move: FieldMove) -> str:
    label = move.field
    if move.requires:
        label += f" @requires {print_field_set(move.requires)}"
    if move.override is not None:
        label += f" [{'' if move.override.active else 'not '}{move.override.label}]"
    return label


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
