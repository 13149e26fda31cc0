"""INVALID_GRAPHQL: merged types still implement their interfaces (GraphQL specification, section 3.6.1).

Each subgraph's types do; merging can widen a field's type, narrow an argument's, or drop an argument.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.merge.type_references import is_subtype
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import Field, InterfaceType, ObjectType


def types_implement_their_interfaces(merge: Merge, supergraph: Supergraph) -> None:
    """Check each implementation against each of its interfaces."""
    types = supergraph.schema.types
    for definition in types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for name in definition.interfaces:
            interface = types.get(name)
            if not isinstance(interface, InterfaceType):
                continue
            for missing in (other for other in interface.interfaces if other not in definition.interfaces):
                _tell(
                    merge,
                    definition.name,
                    f"{definition.name} implements {name}, but not {missing}, which {name} implements",
                    f"make it implement {missing} in some subgraph",
                )
            for expected in interface.fields.values():
                item = definition.fields.get(expected.name)
                for problem in _problems(merge, f"{name}.{expected.name}", expected, item) if item else ():
                    _tell(
                        merge,
                        f"{definition.name}.{expected.name}",
                        f"{definition.name}.{expected.name} {problem}",
                        "make the subgraphs agree on it",
                    )


def _problems(merge: Merge, interface: str, expected: Field, item: Field) -> Iterator[str]:
    if not is_subtype(merge, expected.type, item.type):
        yield f"is {item.type} in the supergraph, which is no subtype of {interface}, {expected.type}"
    for argument in expected.arguments.values():
        own = item.arguments.get(argument.name)
        if own is None:
            yield f"lacks the argument {argument.name} of {interface} in the supergraph"
        elif own.type != argument.type:
            yield f"has the argument {argument.name}: {own.type}, which {interface} has as {argument.type}"
    for own in item.arguments.values():
        if own.required and own.name not in expected.arguments:
            yield f"requires the argument {own.name}, which {interface} lacks"


def _tell(merge: Merge, coordinate: str, text: str, remedy: str) -> None:
    merge.report.error(
        ErrorCode.INVALID_GRAPHQL,
        text,
        merge.sources.get(coordinate.partition(".")[0], ()),
        [coordinate],
        remedy,
    )
