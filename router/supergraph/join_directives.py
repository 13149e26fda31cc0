"""The directives of the join specification, as data: what one application says.

Enters: a supergraph document, and directives that are applied in it. Leaves: graphs, join types, join fields and join
directives. Invariant: every graph that is named exists, and every field set and type is one; else a
:class:`~router.supergraph.features.FeatureProblem` tells where.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLSyntaxError, parse_type

from router.federation.field_set import parse_field_set
from router.supergraph.features import FeatureProblem, LinkedFeatures, local_name
from router.supergraph.model import ContextArgument, JoinDirective, JoinField, JoinGraph, JoinType
from router.type_system.model import AppliedDirective, EnumType, Schema, TypeRef
from router.type_system.reader import read_type_ref
from router.type_system.values import EnumValue, ObjectValue, Value

_ELEMENTS = ("graph", "owner", "type", "field", "implements", "unionMember", "enumValue", "directive")


class JoinDirectives:
    """One a document. ``local`` maps the names that the directives have in it to those of the specification."""

    def __init__(self, schema: Schema, features: LinkedFeatures) -> None:
        self.features = features
        self.names = {element: local_name(features.join, f"@{element}") for element in _ELEMENTS}
        self.local = {name: element for element, name in self.names.items()}
        self._types: dict[str, TypeRef] = {}
        self._checked: set[str] = set()
        self.graphs = self._read_graphs(schema)

    def _read_graphs(self, schema: Schema) -> dict[str, JoinGraph]:
        enum_name = local_name(self.features.join, "Graph")
        definition = schema.types.get(enum_name)
        if not isinstance(definition, EnumType):
            raise FeatureProblem(
                f"enum {enum_name} is missing, so no subgraph is known. Compose the supergraph again",
                self.features.join.position,
            )
        graphs: dict[str, JoinGraph] = {}
        for value in definition.values.values():
            applied = next((d for d in value.directives if d.name == self.names["graph"]), None)
            name = applied.arguments.get("name") if applied else None
            url = applied.arguments.get("url") if applied else None
            if not isinstance(name, str) or not isinstance(url, str):
                raise FeatureProblem(
                    f"{enum_name}.{value.name} needs @{self.names['graph']}(name: String!, url: String!)",
                    value.position,
                )
            graphs[value.name] = JoinGraph(value.name, name, url)
        return graphs

    def applied(self, directives: Iterable[AppliedDirective], element: str) -> list[AppliedDirective]:
        """Return the applications of one of the specification's directives, by its name there."""
        name = self.names[element]
        return [directive for directive in directives if directive.name == name]

    def join_type(self, directive: AppliedDirective, name: str) -> JoinType:
        """Read ``@join__type`` of a type."""
        return JoinType(
            graph=self.graph(directive, name),
            key=self._field_set(directive, "key", name),
            extension=directive.arguments.get("extension") is True,
            resolvable=directive.arguments.get("resolvable") is not False,
            is_interface_object=directive.arguments.get("isInterfaceObject") is True,
        )

    def join_field(self, directive: AppliedDirective, coordinate: str, graphs: tuple[str, ...]) -> JoinField:
        """Read ``@join__field`` of a field whose type is in ``graphs``."""
        arguments = directive.arguments
        graph = self.graph(directive, coordinate) if arguments.get("graph") is not None else None
        if graph is not None and graph not in graphs:
            raise FeatureProblem(
                f"{coordinate} is said to be in {graph}, but its type is not known there: "
                f"the type needs @{self.names['type']}(graph: {graph})",
                directive.position,
            )
        return JoinField(
            graph=graph,
            requires=self._field_set(directive, "requires", coordinate),
            provides=self._field_set(directive, "provides", coordinate),
            type=self._type_ref(directive, coordinate),
            external=arguments.get("external") is True,
            override=_text_or_none(arguments.get("override")),
            override_label=_text_or_none(arguments.get("overrideLabel")),
            used_overridden=arguments.get("usedOverridden") is True,
            context_arguments=self._context_arguments(directive, coordinate),
        )

    def _context_arguments(self, directive: AppliedDirective, coordinate: str) -> tuple[ContextArgument, ...]:
        value = directive.arguments.get("contextArguments")
        found: list[ContextArgument] = []
        for item in value if isinstance(value, tuple) else ():
            texts = {
                key: text
                for key in ("name", "type", "context", "selection")
                if isinstance(item, ObjectValue) and isinstance(text := item.get(key), str)
            }
            if len(texts) != 4:
                raise FeatureProblem(
                    f"{coordinate}: a context argument needs name, type, context and selection", directive.position
                )
            self._check_field_set(texts["selection"], "contextArguments", coordinate, directive)
            found.append(
                ContextArgument(
                    name=texts["name"],
                    type=self._parse_type(texts["type"], coordinate, directive),
                    context=texts["context"],
                    selection=texts["selection"],
                )
            )
        return tuple(found)

    def join_directives(self, directives: Iterable[AppliedDirective]) -> tuple[JoinDirective, ...]:
        """Read every ``@join__directive`` among what is applied."""
        found: list[JoinDirective] = []
        for directive in directives:
            if self.local.get(directive.name) != "directive":
                continue
            graphs = directive.arguments.get("graphs")
            name = directive.arguments.get("name")
            arguments = directive.arguments.get("args")
            if not isinstance(name, str):
                raise FeatureProblem(f"@{directive.name} needs a name", directive.position)
            found.append(
                JoinDirective(
                    graphs=tuple(
                        self._graph_id(value, directive, f"@{directive.name}")
                        for value in (graphs if isinstance(graphs, tuple) else ())
                    ),
                    directive=AppliedDirective(
                        name=name,
                        arguments=dict(arguments.fields) if isinstance(arguments, ObjectValue) else {},
                        position=directive.position,
                    ),
                )
            )
        return tuple(found)

    def graph(self, directive: AppliedDirective, coordinate: str) -> str:
        """Return the id of the graph that a directive names."""
        return self._graph_id(directive.arguments.get("graph"), directive, coordinate)

    def _graph_id(self, value: Value, directive: AppliedDirective, coordinate: str) -> str:
        if isinstance(value, EnumValue) and value.name in self.graphs:
            return value.name
        said = value.name if isinstance(value, EnumValue) else "nothing"
        known = ", ".join(self.graphs) or "none"
        raise FeatureProblem(
            f"{coordinate}: @{directive.name} names the graph {said}, which is not a value of "
            f"{local_name(self.features.join, 'Graph')} (there are: {known}). Compose the supergraph again",
            directive.position,
        )

    def text(self, directive: AppliedDirective, argument: str, coordinate: str) -> str:
        """Return an argument that has to be text."""
        value = directive.arguments.get(argument)
        if isinstance(value, str):
            return value
        raise FeatureProblem(f"{coordinate}: @{directive.name} needs {argument}: String!", directive.position)

    def _field_set(self, directive: AppliedDirective, argument: str, coordinate: str) -> str | None:
        text = _text_or_none(directive.arguments.get(argument))
        if text is None:
            return None
        self._check_field_set(text, argument, coordinate, directive)
        return text

    def _check_field_set(self, text: str, argument: str, coordinate: str, directive: AppliedDirective) -> None:
        if text in self._checked:
            return
        try:
            parse_field_set(text)
        except GraphQLSyntaxError as error:
            raise FeatureProblem(
                f"{coordinate}: {argument}: {text!r} of @{directive.name} is not a field set: {error.message}. "
                "Mend it in the subgraph and compose again",
                directive.position,
            ) from None
        self._checked.add(text)

    def _type_ref(self, directive: AppliedDirective, coordinate: str) -> TypeRef | None:
        text = _text_or_none(directive.arguments.get("type"))
        return None if text is None else self._parse_type(text, coordinate, directive)

    def _parse_type(self, text: str, coordinate: str, directive: AppliedDirective) -> TypeRef:
        if text not in self._types:
            try:
                self._types[text] = read_type_ref(parse_type(text, no_location=True))
            except GraphQLSyntaxError as error:
                raise FeatureProblem(
                    f"{coordinate}: type: {text!r} of @{directive.name} is not a type: {error.message}",
                    directive.position,
                ) from None
        return self._types[text]


def _text_or_none(value: Value) -> str | None:
    return value if isinstance(value, str) else None
