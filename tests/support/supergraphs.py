"""Small supergraphs for planning tests, written as join-spec SDL without ceremony."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)
{ %s }
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String,
  contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false)
  repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar join__FieldValue
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
"""


def write_supergraph(subgraphs: Sequence[str], types: str, roots: Sequence[str] = ("query",)) -> str:
    """Return supergraph SDL. ``types`` are definitions in which ``@type``, ``@field``, ``@implements`` and ``@member``
    stand for the ``join__`` directives, and ``G: A`` for ``graph: A``."""
    names = " ".join(f'{name.upper()} @join__graph(name: "{name}", url: "http://{name}/graphql")' for name in subgraphs)
    body = types
    for short, long in (("@type(", "@join__type("), ("@field", "@join__field"), ("@implements(", "@join__implements(")):
        body = body.replace(short, long)
    body = body.replace("@member(", "@join__unionMember(").replace("G: ", "graph: ")
    heading = _HEAD % " ".join(f"{root}: {root.capitalize()}" for root in roots)
    return f"{heading}\nenum join__Graph {{ {names} }}\n{body}"
