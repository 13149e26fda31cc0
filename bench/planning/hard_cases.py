"""Operations that are hard to plan, with the supergraphs that make them so.

Each case is a name, supergraph SDL and an operation. They are generated, and the same on every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

_HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false)
  repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
"""


@dataclass(frozen=True, slots=True)
class PlanningCase:
    """An operation and the supergraph that it is planned against."""

    name: str
    supergraph: str
    operation: str


def hard_cases() -> list[PlanningCase]:
    """Return all cases."""
    makers: list[tuple[str, Callable[[], tuple[str, str]]]] = [
        ("union of 8 over 6 subgraphs, 4 keys each", _union_of_eight),
        ("interface with 70 implementations", _interface_of_seventy),
        ("chain of 10 @requires", _requires_chain),
        ("12 levels of nesting", _deep_nesting),
        ("40 shared fields over 12 subgraphs", _shared_fields),
        ("fragments that double 18 times", _doubling_fragments),
        ("a key shared by 300 subgraphs", _many_subgraphs),
    ]
    return [PlanningCase(name, *make()) for name, make in makers]


def _supergraph(count: int, query: str, types: str) -> str:
    graphs = " ".join(f'G{n} @join__graph(name: "g{n}", url: "")' for n in range(count))
    known = " ".join(f"@join__type(graph: G{n})" for n in range(count))
    return f"{_HEAD}enum join__Graph {{ {graphs} }}\ntype Query {known} {{ {query} }}\n{types}"


def _types(graphs: Iterable[int], key: str = "id") -> str:
    return " ".join(f'@join__type(graph: G{n}, key: "{key}")' for n in graphs)


def _union_of_eight() -> tuple[str, str]:
    members = " ".join(f'@join__unionMember(graph: G0, member: "M{m}")' for m in range(8))
    parts = [f"union Item @join__type(graph: G0) {members} = {' | '.join(f'M{m}' for m in range(8))}"]
    for m in range(8):
        keys = " ".join(f'@join__type(graph: G{n}, key: "k{k}")' for n in range(6) for k in range(4))
        fields = "k0: ID! k1: ID! k2: ID! k3: ID!"
        for f in range(6):
            owners = " ".join(f"@join__field(graph: G{n})" for n in range(1, 6) if (n + f + m) % 3)
            fields += f" f{f}: String {owners}"
        parts.append(f"type M{m} {keys} {{ {fields} }}")
    asked = " ".join(f"... on M{m} {{ {' '.join(f'f{f}_{m}: f{f}' for f in range(6))} }}" for m in range(8))
    return _supergraph(6, "items: [Item] @join__field(graph: G0)", "\n".join(parts)), f"{{ items {{ {asked} }} }}"


def _interface_of_seventy() -> tuple[str, str]:
    shared = "id: ID! a: String @join__field(graph: G1) b: String @join__field(graph: G2)"
    shared += " owner: Owner @join__field(graph: G0)"
    parts = [
        f"interface Node @join__type(graph: G0) @join__type(graph: G1) @join__type(graph: G2) {{ {shared} }}",
        f"type Owner {_types((0, 3))} {{ id: ID! name: String @join__field(graph: G3) }}",
    ]
    for m in range(70):
        implements = " ".join(f'@join__implements(graph: G{n}, interface: "Node")' for n in range(3))
        own = f"x{m}: Int @join__field(graph: G1)"
        parts.append(f"type I{m} implements Node {implements} {_types(range(3))} {{ {shared} {own} }}")
    asked = " ".join(f"... on I{m} {{ x{m} }}" for m in range(70))
    query = "nodes: [Node] @join__field(graph: G0)"
    return _supergraph(4, query, "\n".join(parts)), f"{{ nodes {{ id a b owner {{ id name }} {asked} }} }}"


def _requires_chain() -> tuple[str, str]:
    fields = "id: ID! f0: Int @join__field(graph: G0) @join__field(graph: G1, external: true)"
    for n in range(1, 11):
        outside = f" @join__field(graph: G{n + 1}, external: true)" if n < 10 else ""
        fields += f' f{n}: Int @join__field(graph: G{n}, requires: "f{n - 1}"){outside}'
    types = f"type P {_types(range(11))} {{ {fields} }}"
    return _supergraph(11, "p: P @join__field(graph: G0)", types), "{ p { f10 f5 f3 } }"


_NESTED = " ".join(f"n{n}: T @join__field(graph: G{n}) v{n}: Int @join__field(graph: G{n})" for n in range(4))


def _nested_supergraph() -> str:
    shared = " ".join(f"@join__field(graph: G{n})" for n in (1, 2, 3))
    types = f"type T {_types(range(4))} {{ id: ID! {_NESTED} s: T {shared} }}"
    return _supergraph(4, "t: T @join__field(graph: G0)", types)


def _deep_nesting() -> tuple[str, str]:
    asked = "v0 v1 v2 v3"
    for depth in range(12):
        asked = f"v{depth % 4} s {{ v1 v2 }} n{depth % 4} {{ {asked} }}"
    return _nested_supergraph(), f"{{ t {{ {asked} }} }}"


def _shared_fields() -> tuple[str, str]:
    pick = Random(5)
    fields = "id: ID!"
    for f in range(40):
        owners = sorted(pick.sample(range(1, 13), pick.randint(2, 4)))
        fields += f" f{f}: Int {' '.join(f'@join__field(graph: G{n})' for n in owners)}"
    types = f"type T {_types(range(13))} {{ {fields} }}"
    query = "t: T @join__field(graph: G0)"
    return _supergraph(13, query, types), f"{{ t {{ {' '.join(f'f{f}' for f in range(40))} }} }}"


def _doubling_fragments() -> tuple[str, str]:
    fragments = " ".join(f"fragment F{k} on T {{ a: n0 {{ ...F{k + 1} }} b: n0 {{ ...F{k + 1} }} }}" for k in range(18))
    return _nested_supergraph(), f"{{ t {{ ...F0 }} }} {fragments} fragment F18 on T {{ id v0 }}"


def _many_subgraphs() -> tuple[str, str]:
    fields = "id: ID! " + " ".join(f"f{n}: Int @join__field(graph: G{n})" for n in range(300))
    types = f"type T {_types(range(300))} {{ {fields} }}"
    asked = " ".join(f"f{n}" for n in range(0, 300, 30))
    return _supergraph(300, "t: T @join__field(graph: G0)", types), f"{{ t {{ {asked} }} }}"
