""":class:`~router.supergraph.model.Supergraph` -> one :class:`~router.supergraph.views.SubgraphView` a subgraph.

Enters: the composed schema and its tables of who knows what. Leaves: each subgraph as its own server has it, once for
planning (:class:`~router.supergraph.views.TypeView`) and once as a schema that fetches can be validated against.
Invariant: both come from the same tables, so a field is in the one exactly where it is in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment, parse_field_set
from router.federation.field_sets import selected_fields
from router.federation.subgraph import Key
from router.supergraph.model import JoinField, Supergraph, TypeJoins
from router.supergraph.subgraph_schema import build_subgraph_schema
from router.supergraph.views import ContextRequirement, FieldView, OverrideCondition, SubgraphView, TypeView
from router.type_system.model import Field, InterfaceType, ObjectType, UnionType
from router.type_system.values import Value


def extract_views(supergraph: Supergraph) -> Mapping[str, SubgraphView]:
    """Lay out what each subgraph knows, by graph id, in the order of the supergraph's graphs."""
    return _Extraction(supergraph).extract()


class _Extraction:
    """One instance a supergraph; remembers parsed field sets."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.schema = supergraph.schema
        self.field_sets: dict[str, FieldSet] = {}
        self.context_types = _context_types(supergraph)
        self.extension_keys = {
            (join.graph, *coordinate)
            for name, joins in supergraph.joins.items()
            for join in joins.types
            if join.extension and join.key is not None
            for coordinate in selected_fields(self.schema, name, self._parse(join.key))
        }

    def extract(self) -> dict[str, SubgraphView]:
        types: dict[str, dict[str, TypeView]] = {graph: {} for graph in self.supergraph.graphs}
        implementations = self._implementations()
        for name, joins in self.supergraph.joins.items():
            definition = self.schema.types[name]
            if not isinstance(definition, ObjectType | InterfaceType | UnionType):
                continue
            for graph in joins.graphs:
                types[graph][name] = self._type_view(graph, definition, joins, implementations)
        return {
            graph: SubgraphView(
                graph=join_graph,
                types=types[graph],
                build_schema=cache(partial(build_subgraph_schema, self.supergraph, graph, types[graph])),
            )
            for graph, join_graph in self.supergraph.graphs.items()
        }

    def _implementations(self) -> dict[tuple[str, str], list[str]]:
        """Return, for each graph and interface, what is an object there and implements it, in schema order."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, joins in self.supergraph.joins.items():
            is_object = isinstance(self.schema.types[name], ObjectType)
            objects = {join.graph for join in joins.types if is_object or join.is_interface_object}
            for graph, interface in joins.implements:
                if graph in objects:
                    found.setdefault((graph, interface), []).append(name)
        return found

    def _type_view(
        self,
        graph: str,
        definition: ObjectType | InterfaceType | UnionType,
        joins: TypeJoins,
        implementations: Mapping[tuple[str, str], list[str]],
    ) -> TypeView:
        here = [join for join in joins.types if join.graph == graph]
        is_interface_object = any(join.is_interface_object for join in here)
        members: tuple[str, ...]
        if isinstance(definition, UnionType):
            of_graph = {member for owner, member in joins.members if owner == graph}
            members = tuple(member for member in definition.members if member in of_graph)
        elif isinstance(definition, ObjectType) or is_interface_object:
            members = (definition.name,)
        else:
            members = tuple(implementations.get((graph, definition.name), ()))
        fields = {} if isinstance(definition, UnionType) else definition.fields
        return TypeView(
            name=definition.name,
            keys=tuple(Key(self._parse(j.key), j.key, j.resolvable) for j in here if j.key is not None),
            fields={
                name: view
                for name, item in fields.items()
                if (view := self._field_view(graph, definition.name, item, joins.fields.get(name))) is not None
            },
            members=members,
            is_interface_object=is_interface_object,
        )

    def _field_view(
        self, graph: str, owner: str, item: Field, joined: tuple[JoinField, ...] | None
    ) -> FieldView | None:
        if joined is None:
            return FieldView(item.name, item.type)
        join = next((candidate for candidate in joined if candidate.graph == graph), None)
        if join is None:
            return None
        override = None
        if join.override_label is not None:
            override = OverrideCondition(join.override_label, active=join.override is not None)
        # A subgraph that loses a field can't bring it, but an extension has its keys as it was given them.
        absent = join.external or (join.used_overridden and override is None)
        return FieldView(
            name=item.name,
            type=join.type or item.type,
            external=absent and (graph, owner, item.name) not in self.extension_keys,
            requires=self._parse(join.requires),
            provides=self._parse(join.provides),
            override=override,
            contexts=tuple(self._contexts(join)),
        )

    def _parse(self, text: str | None) -> FieldSet:
        if text is None:
            return ()
        if text not in self.field_sets:
            self.field_sets[text] = parse_field_set(text)
        return self.field_sets[text]

    # Contexts

    def _contexts(self, join: JoinField) -> Iterator[ContextRequirement]:
        for argument in join.context_arguments:
            selection = self._parse(argument.selection)
            by_type = {
                name: chosen
                for name in self.context_types.get(argument.context, ())
                if (chosen := self._selection_for(name, selection))
            }
            yield ContextRequirement(argument.name, argument.type, argument.context, by_type)

    def _selection_for(self, type_name: str, selection: FieldSet) -> FieldSet:
        """Return what picks a context's value from a type that sets it: fields as they are, fragments that apply."""
        chosen: list[FieldSetField | FieldSetFragment] = []
        for part in selection:
            if isinstance(part, FieldSetField):
                chosen.append(part)
                continue
            condition = part.type_condition
            possible = set(self.schema.possible_types(type_name))
            applies = set(self.schema.possible_types(condition)) if condition else possible
            if condition is None or condition == type_name or (possible and possible <= applies):
                chosen.extend(part.selections)
            elif possible & applies:
                chosen.append(part)
        return tuple(chosen)


def _context_types(supergraph: Supergraph) -> dict[str, list[str]]:
    """Return the types that set each context, by the context's name, in schema order."""
    directive = supergraph.directive_name("context", "context")
    found: dict[str, list[str]] = {}
    if directive is None:
        return found
    for name, definition in supergraph.schema.types.items():
        for applied in definition.directives:
            context: Value = applied.arguments.get("name")
            if applied.name == directive and isinstance(context, str):
                found.setdefault(context, []).append(name)
    return found
