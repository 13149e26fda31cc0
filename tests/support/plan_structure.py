"""Checks that a query plan can be run, without running it.

A plan is walked with a symbolic tree: which response names each fetch brings, for which types. Found are fetches that a
subgraph would refuse, representations that read what no earlier fetch brought, and client fields that nobody brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.language import ast

from router.graph.build import build_graph
from router.graph.model import QueryGraph
from router.operation.model import FieldSelection, Operation, SelectionSet
from router.operation.type_index import TypeIndex
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    EntityInput,
    FetchNode,
    FieldStep,
    ListStep,
    ParallelNode,
    Path,
    PlanNode,
    RequiredField,
    RequiredSelection,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)
from router.query_plan.plan import QueryPlan
from router.supergraph.model import Supergraph
from router.type_system.model import InterfaceType, ObjectType, UnionType, named_type
from router.type_system.printer import print_schema

Types = frozenset[str] | None


def fetches_of(node: PlanNode | None) -> list[FetchNode]:
    """Return all fetches of a plan, in the order in which they are written."""
    match node:
        case None:
            return []
        case FetchNode():
            return [node]
        case SequenceNode(nodes) | ParallelNode(nodes):
            return [fetch for inner in nodes for fetch in fetches_of(inner)]
        case ConditionNode(_, first, second):
            return fetches_of(first) + fetches_of(second)
        case DeferNode(primary, deferred):
            return fetches_of(primary) + [fetch for part in deferred for fetch in fetches_of(part.node)]
        case SubscriptionNode(first, rest):
            return [first, *fetches_of(rest)]


def steps_of(node: PlanNode | None) -> int:
    """Return the number of steps that run one after another."""
    match node:
        case None:
            return 0
        case FetchNode():
            return 1
        case SequenceNode(nodes):
            return sum(map(steps_of, nodes))
        case ParallelNode(nodes):
            return max(map(steps_of, nodes))
        case ConditionNode(_, first, second):
            return max(steps_of(first), steps_of(second))
        case DeferNode(primary, deferred):
            return steps_of(primary) + max((steps_of(part.node) for part in deferred), default=0)
        case SubscriptionNode(_, rest):
            return 1 + steps_of(rest)


def cost_of(node: PlanNode | None, first: int = 0) -> int:
    """Return the sum over steps of max(1, 100 * step) * 1000 * fetches."""
    match node:
        case None:
            return 0
        case FetchNode():
            return max(1, 100 * first) * 1000
        case SequenceNode(nodes):
            total = 0
            for inner in nodes:
                total += cost_of(inner, first)
                first += steps_of(inner)
            return total
        case ParallelNode(nodes):
            return sum(cost_of(inner, first) for inner in nodes)
        case ConditionNode(_, one, other):
            return cost_of(one, first) + cost_of(other, first)
        case DeferNode(primary, deferred):
            return cost_of(primary, first) + sum(cost_of(part.node, first + steps_of(primary)) for part in deferred)
        case SubscriptionNode(_, rest):
            return 1000 + cost_of(rest, 1)


@dataclass(slots=True)
class Place:
    """An object position of the symbolic tree. ``possible`` are what each writer says can stand here.

    ``asked`` are the fetches that ask for a leaf, by its name and types.
    """

    fields: dict[str, list[tuple[Types, Place]]] = field(default_factory=dict)
    possible: list[Types] = field(default_factory=list)
    asked: dict[tuple[str, Types], set[int]] = field(default_factory=dict)

    def has(self, name: str, type_name: str | None) -> list[Place]:
        """Return the places below a response name, for objects of a type."""
        return [
            below
            for types, below in self.fields.get(name, ())
            if types is None or type_name is None or type_name in types
        ]


class PlanChecker:
    """Checks plans against one supergraph. ``lenient`` names subgraphs whose fetches aren't validated."""

    def __init__(self, supergraph: Supergraph | QueryGraph) -> None:
        self.graph = supergraph if isinstance(supergraph, QueryGraph) else build_graph(supergraph)
        self.index = TypeIndex(self.graph.supergraph.schema)
        self.by_name = {view.graph.name: view for view in self.graph.views.values()}
        self._schemas: dict[str, GraphQLSchema] = {}
        self.problems: list[str] = []
        #: Leaves that several fetches of the last plan ask for at one place, by name, with the types.
        self.twice: list[tuple[str, str]] = []

    def check(self, operation: Operation, plan: QueryPlan, validated: bool = True) -> list[str]:
        """Return what is wrong with a plan of an operation; empty where nothing is."""
        self.problems, self.twice = [], []
        root = Place(possible=[None])
        if plan.node is not None:
            if validated:
                self._validate(plan.node)
            self._run(plan.node, root)
        self._covered(operation.selection_set, root, operation.root_type)
        return self.problems

    def _validate(self, node: PlanNode) -> None:
        for fetch in fetches_of(node):
            schema = self._schemas.get(fetch.service)
            if schema is None:
                schema = build_schema(print_schema(self.by_name[fetch.service].schema))
                self._schemas[fetch.service] = schema
            document = parse(fetch.operation)
            self.problems += [f"{fetch.service}: {error.message}" for error in validate(schema, document)]
            used = set(fetch.variables)
            definition = document.definitions[0]
            assert isinstance(definition, ast.OperationDefinitionNode)
            declared = {item.variable.name.value for item in definition.variable_definitions or ()}
            inputs = {item.variable for item in fetch.inputs}
            inputs |= {context.variable for item in fetch.inputs for context in item.contexts}
            if declared != used | inputs:
                self.problems.append(f"{fetch.service}: declares {declared}, is given {used | inputs}")

    # Running

    def _run(self, node: PlanNode, root: Place) -> None:
        match node:
            case FetchNode():
                self._fetch(node, root)
            case SequenceNode(nodes):
                for inner in nodes:
                    self._run(inner, root)
            case ParallelNode(nodes):
                for inner in nodes:
                    self._run(inner, root)
            case ConditionNode(_, first, second):
                for part in (first, second):
                    if part is not None:
                        self._run(part, root)
            case DeferNode(primary, deferred):
                if primary is not None:
                    self._run(primary, root)
                for item in deferred:
                    if item.node is not None:
                        self._run(item.node, root)
            case SubscriptionNode(first, rest):
                self._run(first, root)
                if rest is not None:
                    self._run(rest, root)

    def _fetch(self, fetch: FetchNode, root: Place) -> None:
        document = parse(fetch.operation)
        fragments = {
            item.name.value: item for item in document.definitions if isinstance(item, ast.FragmentDefinitionNode)
        }
        operation = document.definitions[0]
        assert isinstance(operation, ast.OperationDefinitionNode)
        schema = self.by_name[fetch.service].schema
        renamed = {rename.alias: rename.name for rename in fetch.renames}
        writer = _Writer(self, fetch.service, fetch.id, fragments, renamed)
        if not fetch.inputs:
            for path in fetch.places or ((),):
                for place in list(self._locate(root, path, fetch)):
                    writer.write(operation.selection_set, place, schema.roots[fetch.kind], None)
            return
        by_name = {
            (item.alias or item.name).value: item
            for item in operation.selection_set.selections
            if isinstance(item, ast.FieldNode)
        }
        for source in fetch.inputs:
            asked = by_name[source.response_name]
            assert asked.selection_set is not None
            for path in source.paths:
                found = list(self._locate(root, path, fetch))
                if found:
                    self._read_inputs(source, _join(found), fetch)
                for place in found:
                    writer.write(asked.selection_set, place, "_Entity", None)

    def _locate(self, place: Place, path: Path, fetch: FetchNode) -> Iterator[Place]:
        types: Types = None
        places: list[tuple[Place, Types]] = [(place, types)]
        for step in path:
            found: list[tuple[Place, Types]] = []
            for here, narrowed in places:
                match step:
                    case FieldStep(name):
                        options = [None] if narrowed is None else sorted(narrowed)
                        below = {id(item): item for option in options for item in here.has(name, option)}
                        found += [(item, None) for item in below.values()]
                    case ListStep():
                        found.append((here, narrowed))
                    case TypeStep(names):
                        if "__typename" not in here.fields:
                            self.problems.append(f"{fetch.service}: no __typename at a narrowed step of {path}")
                        found.append((here, frozenset(names)))
            places = found
        if not places:
            self.problems.append(f"{fetch.service}: nothing stands at {path}")
        yield from (here for here, _ in places)

    def _read_inputs(self, source: EntityInput, place: Place, fetch: FetchNode) -> None:
        if "__typename" not in place.fields:
            self.problems.append(f"{fetch.service}: no __typename at {source.paths}")
        for shape in source.shapes:
            for type_name in shape.types:
                if shape.typename is not None and not self.index.is_object(type_name):
                    continue
                if shape.typename is not None and len(shape.types) > 1:
                    continue  # types may not be known yet; the fields are looked at without them
                self._read(shape.selections, [place], type_name, fetch)
            if shape.typename is not None:
                self._read(shape.selections, [place], None, fetch)

    def _read(
        self, selections: Iterable[RequiredSelection], places: list[Place], type_name: str | None, fetch: FetchNode
    ) -> None:
        for item in selections:
            if isinstance(item, RequiredField):
                below = [inner for place in places for inner in place.has(item.source, type_name)]
                if not below:
                    self.problems.append(f"{fetch.service}: reads {item.source} of {type_name}, which isn't there")
                elif item.selections:
                    self._read(item.selections, below, None, fetch)
            else:
                for name in item.types:
                    if any(types is None or name in types for place in places for types in place.possible):
                        self._read(item.selections, places, name, fetch)

    # What the client gets

    def _covered(
        self, selection_set: SelectionSet, place: Place, parent: str, scope: tuple[str, ...] | None = None
    ) -> None:
        types = place.possible
        untold = "__typename" not in place.fields and not self.index.is_object(parent)
        if untold and any(item is not None for item in place.possible):  # else it's an interface's object form
            self.problems.append(f"nobody tells the types at a {parent}")
        for selection in selection_set.selections:
            if isinstance(selection, FieldSelection):
                self._field_covered(selection, place, parent, scope)
            else:
                types = selection.types
                if scope is not None and types is not None:
                    types = tuple(name for name in types if name in scope)
                self._covered(selection.selection_set, place, parent, scope if types is None else types)

    def _field_covered(
        self, selection: FieldSelection, place: Place, parent: str, scope: tuple[str, ...] | None
    ) -> None:
        if selection.name.startswith("__"):
            abstract = not self.index.is_object(parent)
            if selection.name == "__typename" and abstract and "__typename" not in place.fields:
                self.problems.append(f"nobody brings {parent}.__typename")
            return
        for name in scope if scope is not None else self.index.possible(parent):
            if any(types is not None and name not in types for types in place.possible):
                continue  # never returned there
            if not any(types is None or name in types for types in place.possible):
                continue
            below = place.has(selection.response_name, name)
            if not below:
                self.problems.append(f"nobody brings {name}.{selection.response_name}")
                continue
            if selection.selection_set is not None:
                joined = _join(below)
                self._covered(selection.selection_set, joined, named_type(selection.type))


def _join(places: list[Place]) -> Place:
    if len(places) == 1:
        return places[0]
    joined = Place()
    for place in places:
        joined.possible += place.possible
        for name, below in place.fields.items():
            joined.fields.setdefault(name, []).extend(below)
    return joined


@dataclass(slots=True)
class _Writer:
    """Writes what a fetch asks for into the symbolic tree."""

    checker: PlanChecker
    service: str
    fetch: int
    fragments: Mapping[str, ast.FragmentDefinitionNode]
    renamed: Mapping[str, str]

    def write(self, selection_set: ast.SelectionSetNode, place: Place, type_name: str, types: Types) -> None:
        schema = self.checker.by_name[self.service].schema
        for selection in selection_set.selections:
            if isinstance(selection, ast.FieldNode):
                name = (selection.alias or selection.name).value
                name = self.renamed.get(name, name)
                below = self._below(place, name, types)
                if selection.selection_set is not None:
                    definition = schema.types[type_name]
                    assert isinstance(definition, ObjectType | InterfaceType)
                    core = named_type(definition.fields[selection.name.value].type)
                    below.possible.append(self.possible(core))
                    self.write(selection.selection_set, below, core, None)
                elif name != "__typename":
                    self._note(place, name, types)
            elif isinstance(selection, ast.InlineFragmentNode):
                narrowed = selection.type_condition.name.value if selection.type_condition else type_name
                self.write(selection.selection_set, place, narrowed, self._narrow(types, narrowed, type_name))
            elif isinstance(selection, ast.FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                narrowed = fragment.type_condition.name.value
                self.write(fragment.selection_set, place, narrowed, self._narrow(types, narrowed, type_name))

    def _note(self, place: Place, name: str, types: Types) -> None:
        asked = place.asked.setdefault((name, types), set())
        if asked and self.fetch not in asked:
            self.checker.twice.append((name, f"{name} of {'any type' if types is None else sorted(types)}"))
        asked.add(self.fetch)

    def _below(self, place: Place, name: str, types: Types) -> Place:
        for known, below in place.fields.setdefault(name, []):
            if known == types:
                return below
        place.fields[name].append((types, Place()))
        return place.fields[name][-1][1]

    def _narrow(self, types: Types, narrowed: str, type_name: str) -> Types:
        if narrowed == type_name:
            return types
        possible = self.possible(narrowed)
        if possible is None:
            return types
        return possible if types is None else types & possible

    def possible(self, name: str) -> Types:
        """Return the types that a subgraph's type stands for; ``None`` where it can't tell."""
        view = self.checker.by_name[self.service].types.get(name)
        if view is None or view.is_interface_object:
            return None
        definition = self.checker.by_name[self.service].schema.types.get(name)
        if isinstance(definition, UnionType | InterfaceType | ObjectType):
            return frozenset(view.members)
        return None
