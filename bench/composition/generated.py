"""The subgraphs of a large supergraph, 25 types each.

Entities that all know, entities that a few know, value types that neighbours share, interfaces, unions, ``@requires``
and ``@provides``.

Enters: the number of subgraphs, 20 or more. Leaves: SDL by name. Invariant: they compose.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.composition.satisfiability import JoinedType, make_types

_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@shareable", "@external", "@requires", "@provides"])\n\n'
)


def make_subgraphs(count: int) -> dict[str, str]:
    """Print each subgraph's part of the generated types."""
    parts: list[list[str]] = [[] for _ in range(count)]
    for name, item in make_types(count).items():
        for subgraph in item.keys:
            parts[subgraph].append("\n".join(_type(name, item, subgraph)))
    return {f"s{number}": _LINK + "\n\n".join(part) + "\n" for number, part in enumerate(parts)}


def _type(name: str, item: JoinedType, subgraph: int) -> Iterator[str]:
    if item.kind == "union":
        yield f"union {name} = {' | '.join(item.members[subgraph])}"
        return
    key = item.keys[subgraph]
    interface = item.implements.get(subgraph)
    head = f"{item.kind} {name}" + (f" implements {interface}" if interface else "")
    if item.kind == "type":
        head += (f' @key(fields: "{key}")' if key else "") + " @shareable"
    yield head + " {"
    for field_name, joined in item.fields.items():
        if subgraph in joined.joins:
            yield f"  {field_name}: {joined.type}{_directive(joined.joins[subgraph])}"
    yield "}"


def _directive(join: str) -> str:
    if not join:
        return ""
    if join.startswith("external"):
        return " @external"
    kind, _, field_set = join.partition(": ")
    return f" @{kind}(fields: {field_set})"
