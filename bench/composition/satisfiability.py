"""How long the satisfiability check takes, and how it grows: ``python -m bench.composition.satisfiability``.

Makes supergraphs of 50 to 200 subgraphs with 25 types each: entities that all know, entities that a few know, value
types that neighbours share, interfaces, unions, ``@requires`` and ``@provides``. Prints one line a size: the time to
read it and to check it (extracting views and building the graph included), and the peak of memory of the check.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass, field

from router.composition.satisfiability import check_satisfiability
from router.supergraph.reader import read_supergraph

ENTITIES, VALUES, CORES = 15, 7, 5

HEADER = """schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
{
  query: Query
}

enum join__Graph {
%s
}
"""


@dataclass
class JoinedField:
    """A field of the supergraph: its type, and the arguments of ``@join__field`` by subgraph."""

    type: str
    joins: dict[int, str] = field(default_factory=dict)


@dataclass
class JoinedType:
    """A type of the supergraph; ``keys`` by subgraph, ``None`` where a subgraph has no key."""

    kind: str
    keys: dict[int, str | None] = field(default_factory=dict)
    fields: dict[str, JoinedField] = field(default_factory=dict)
    implements: dict[int, str] = field(default_factory=dict)
    members: dict[int, list[str]] = field(default_factory=dict)

    def add(self, subgraph: int, name: str, type_name: str, extra: str = "") -> None:
        """Let a subgraph have a field."""
        self.fields.setdefault(name, JoinedField(type_name)).joins[subgraph] = extra


def make_types(subgraphs: int) -> dict[str, JoinedType]:
    """Make the types of a supergraph, 25 a subgraph and five that all know."""
    types: dict[str, JoinedType] = {"Query": JoinedType("type")}
    for number in range(CORES):
        types[f"Core{number}"] = JoinedType("type")
    for me in range(subgraphs):
        _add_subgraph(types, me, subgraphs)
    return types


def _add_subgraph(types: dict[str, JoinedType], me: int, subgraphs: int) -> None:
    query = types["Query"]
    query.keys[me] = None
    for number in range(CORES):
        core = types[f"Core{number}"]
        core.keys[me] = "id"
        core.add(me, "id", "ID!")
        core.add(me, f"own{me}", "Int")
        if me % 10 == 1:
            core.add(me, f"own{me - 1}", "Int", "external: true")
            core.add(me, f"made{me}", "Int", f'requires: "own{me - 1}"')
    for number in range(ENTITIES):
        _add_entity(types, me, number, subgraphs)
    for number in range(VALUES):
        value = types.setdefault(f"Value{me}x{number}", JoinedType("type"))
        for knower in {me, (me + 1) % subgraphs}:
            value.keys[knower] = None
            value.add(knower, "a", "Int")
            value.add(knower, "b", "String")
            types[f"Entity{me}x{number}"].keys.setdefault(knower, "id")
            types[f"Entity{me}x{number}"].add(knower, "id", "ID!")
            types[f"Entity{me}x{number}"].add(knower, "value", f"Value{me}x{number}")
    for number in range(2):
        interface = types.setdefault(f"Interface{me}x{number}", JoinedType("interface"))
        interface.keys[me] = None
        interface.add(me, "id", "ID!")
        for member in range(3):
            types[f"Entity{me}x{3 * number + member}"].implements[me] = f"Interface{me}x{number}"
        query.add(me, f"interface{me}x{number}", f"Interface{me}x{number}")
    union = types.setdefault(f"Union{me}", JoinedType("union"))
    union.keys[me] = None
    union.members[me] = [f"Entity{me}x{member}" for member in range(6, 10)]
    query.add(me, f"union{me}", f"[Union{me}!]!")
    query.add(me, f"entity{me}", f"Entity{me}x0")


def _add_entity(types: dict[str, JoinedType], me: int, number: int, subgraphs: int) -> None:
    entity = types.setdefault(f"Entity{me}x{number}", JoinedType("type"))
    entity.keys[me] = "id"
    entity.add(me, "id", "ID!")
    entity.add(me, "name", "String")
    entity.add(me, "next", f"Entity{me}x{(number + 1) % ENTITIES}")
    entity.add(me, "core", f"Core{number % CORES}")
    other = (me + number + 1) % subgraphs
    name = f"Entity{other}x{number}"
    stub = types.setdefault(name, JoinedType("type"))
    stub.keys[me] = "id"
    stub.add(me, "id", "ID!")
    stub.add(me, f"extra{me}", "Int", 'requires: "name"' if number % 3 == 0 else "")
    if number % 3 < 2:
        stub.add(me, "name", "String", "external: true")
    entity.add(me, "other", name, 'provides: "name"' if number % 3 == 1 else "")


def print_supergraph(types: dict[str, JoinedType], subgraphs: int) -> str:
    """Print the supergraph as the join specification v0.5 has it."""
    graphs = "\n".join(f'  S{n} @join__graph(name: "s{n}", url: "http://s{n}/")' for n in range(subgraphs))
    return "\n".join([HEADER % graphs, *(_print_type(name, item) for name, item in types.items())])


def _print_type(name: str, item: JoinedType) -> str:
    lines = [
        f"{item.kind} {name}" + (" implements " + item_interfaces if (item_interfaces := _interfaces(item)) else "")
    ]
    for subgraph, key in item.keys.items():
        lines.append(f"  @join__type(graph: S{subgraph}" + (f', key: "{key}")' if key else ")"))
    lines.extend(f'  @join__implements(graph: S{n}, interface: "{i}")' for n, i in item.implements.items())
    if item.kind == "union":
        for subgraph, members in item.members.items():
            lines.extend(f'  @join__unionMember(graph: S{subgraph}, member: "{member}")' for member in members)
        return "\n".join(lines) + " = " + " | ".join(dict.fromkeys(m for ms in item.members.values() for m in ms))
    body = []
    for field_name, joined in item.fields.items():
        directives = "".join(
            f" @join__field(graph: S{subgraph}{', ' + extra if extra else ''})"
            for subgraph, extra in joined.joins.items()
        )
        if len(joined.joins) == len(item.keys) and not any(joined.joins.values()):
            directives = ""
        body.append(f"  {field_name}: {joined.type}{directives}")
    return "\n".join([*lines, "{", *body, "}"])


def _interfaces(item: JoinedType) -> str:
    return " & ".join(dict.fromkeys(item.implements.values()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[50, 100, 150, 200])
    sizes = parser.parse_args().sizes
    print(f"{'subgraphs':>9} {'types':>6} {'SDL kB':>7} {'read s':>7} {'check s':>8} {'errors':>6} {'peak MB':>8}")
    for size in sizes:
        types = make_types(size)
        sdl = print_supergraph(types, size)
        start = time.process_time()
        supergraph = read_supergraph(sdl)
        read = time.process_time()
        result = check_satisfiability(supergraph)
        done = time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:>9} {len(types):>6} {len(sdl) // 1000:>7} {read - start:>7.2f} {done - read:>8.2f} "
            f"{len(result.errors):>6} {peak:>8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
