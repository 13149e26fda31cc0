"""A supergraph -> the subgraphs that compose to it again.

Enters: a :class:`Supergraph`. Leaves: SDL by subgraph name, in Federation 2. Invariant: composing what leaves means the
same as what entered; what composition threw away (arguments and values that some subgraph lacked, unused overridden
fields, a type's place in an extension of a root) doesn't come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from router.federation.versions import FEATURE_DIRECTIVES, FEDERATION_IDENTITY
from router.supergraph.features import local_name
from router.supergraph.model import ContextArgument, JoinField, JoinType, Supergraph, TypeJoins
from router.type_system.model import (
    AppliedDirective,
    EnumType,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)
from router.type_system.printer import print_schema, print_type
from router.type_system.values import ObjectValue, Value

#: The first version that has all of :data:`FEATURE_DIRECTIVES`; other features are composed by name.
_FEDERATION = f"{FEDERATION_IDENTITY}/v2.12"
_ACCESS = ("authenticated", "requiresScopes", "policy")
_BASIC = (
    "key", "extends", "requires", "provides", "external", "shareable", "override", "interfaceObject",
)  # fmt: skip


def decompose(supergraph: Supergraph) -> dict[str, str]:
    """Return each subgraph's SDL by its name."""
    return {
        graph.name: _Subgraph(supergraph, graph_id, _undefinable(supergraph, graph_id)).print()
        for graph_id, graph in supergraph.graphs.items()
    }


def _undefinable(supergraph: Supergraph, graph: str) -> frozenset[str]:
    """Return the directives that take a type which only other subgraphs know."""
    elsewhere = {name for name, joins in supergraph.joins.items() if graph not in joins.graphs}
    return frozenset(
        name
        for name, item in supergraph.schema.directive_definitions.items()
        if any(named_type(argument.type) in elsewhere for argument in item.arguments.values())
    )


@dataclass(frozen=True, slots=True)
class _Subgraph:
    """Writes one subgraph: ``graph`` is its id, ``undefinable`` are directives that it can't define."""

    supergraph: Supergraph
    graph: str
    undefinable: frozenset[str]

    def print(self) -> str:
        """Print the definitions, and beside them the extensions that hold keys."""
        types: dict[str, TypeDefinition] = {}
        extensions: list[str] = []
        for name, joins in self.supergraph.joins.items():
            mine = [join for join in joins.types if join.graph == self.graph]
            definition = self._restrict(self.supergraph.schema.types[name], joins, mine) if mine else None
            if definition is None:
                continue
            keys, extending = _keys(mine, extension=False), _keys(mine, extension=True)
            if all(join.extension for join in mine):
                keys, extending = (AppliedDirective("extends"), *extending), ()
            types[name] = replace(definition, directives=(*keys, *definition.directives))
            if extending:
                extensions.append(f"extend {print_type(_only_head(definition, extending))}")
        schema = self.supergraph.schema
        roots = {kind: name for kind, name in schema.roots.items() if name in types}
        left_out = self._own_directives() | self.undefinable
        definitions = {name: item for name, item in schema.directive_definitions.items() if name not in left_out}
        # Types that belong to a linked feature, such as an argument's type, are joined to no subgraph.
        used = {named_type(a.type) for item in definitions.values() for a in item.arguments.values()}
        unjoined = schema.types.keys() - self.supergraph.joins.keys()
        types.update({name: schema.types[name] for name in sorted(used & unjoined)})
        described = roots if schema.description is not None else {}
        body = "\n".join([print_schema(Schema(types, definitions)), *(f"{extension}\n" for extension in extensions)])
        head = Schema({}, roots=described, directives=(*self._links(body), *schema.directives))
        return f"{print_schema(replace(head, description=schema.description))}\n{body}"

    def _restrict(self, definition: TypeDefinition, joins: TypeJoins, mine: list[JoinType]) -> TypeDefinition | None:
        """Return what this subgraph has of a type, its keys left out; ``None`` where nothing is left of a root."""
        definition = replace(definition, directives=self._directives(definition.directives, definition))
        match definition:
            case ObjectType() | InterfaceType():
                fields = dict(self._fields(definition, joins, mine)) or self._overridden(definition, joins)
                if not fields:
                    return None
                interfaces = tuple(interface for graph, interface in joins.implements if graph == self.graph)
                if mine[0].is_interface_object:
                    directives = (AppliedDirective("interfaceObject"), *definition.directives)
                    return ObjectType(definition.name, definition.description, directives, fields=fields)
                return replace(definition, fields=fields, interfaces=interfaces)
            case UnionType():
                return replace(definition, members=tuple(m for graph, m in joins.members if graph == self.graph))
            case EnumType():
                values = {
                    name: replace(value, directives=self._directives(value.directives))
                    for name, value in definition.values.items()
                    if self.graph in joins.values.get(name, joins.graphs)
                }
                return replace(definition, values=values)
            case InputObjectType():
                inputs = {
                    name: self._input(item, join)
                    for name, item in definition.fields.items()
                    if (join := self._join(joins, name)) is not None
                }
                return replace(definition, fields=inputs)
            case _:
                return definition

    def _fields(
        self, definition: ObjectType | InterfaceType, joins: TypeJoins, mine: list[JoinType]
    ) -> Iterator[tuple[str, Field]]:
        for name, item in definition.fields.items():
            join = self._join(joins, name)
            if join is None:
                continue
            resolves = isinstance(definition, ObjectType) or mine[0].is_interface_object
            shared = resolves and not join.external and _is_shared(definition, joins)
            applied = () if join.external else self._directives(item.directives, definition)
            contextual = {argument.name: self._contextual(argument) for argument in join.context_arguments}
            arguments = {key: self._input(argument) for key, argument in item.arguments.items()}
            yield (
                name,
                replace(
                    item,
                    type=join.type or item.type,
                    description=None if join.external else item.description,
                    arguments={**arguments, **contextual} if not join.external else item.arguments,
                    directives=(*_join_directives(join, shared), *applied),
                ),
            )

    def _overridden(self, definition: ObjectType | InterfaceType, joins: TypeJoins) -> dict[str, Field]:
        """Return the fields that others took over from a type that has no other ones left."""
        name = self.supergraph.graphs[self.graph].name
        return {
            item.name: replace(item, directives=(AppliedDirective("shareable"),))
            for item in definition.fields.values()
            if any(join.override == name for join in joins.fields.get(item.name, ()))
        }

    def _join(self, joins: TypeJoins, name: str) -> JoinField | None:
        """Return what this subgraph says of a field; ``None`` where it doesn't have it."""
        found = joins.fields.get(name)
        if not found:
            return JoinField(self.graph)
        return next((join for join in found if join.graph == self.graph), None)

    def _input(self, item: InputValue, join: JoinField | None = None) -> InputValue:
        kind = item.type if join is None or join.type is None else join.type
        return replace(item, type=kind, directives=self._directives(item.directives))

    def _contextual(self, argument: ContextArgument) -> InputValue:
        name = argument.context.removeprefix(f"{self.supergraph.graphs[self.graph].name}__")
        directive = self.supergraph.directive_name("context", "fromContext") or "fromContext"
        gap = "" if argument.selection[:1].isspace() else " "
        filled = AppliedDirective(directive, {"field": f"${name}{gap}{argument.selection}"})
        return InputValue(argument.name, argument.type, directives=(filled,))

    def _directives(
        self, applied: Iterable[AppliedDirective], owner: TypeDefinition | None = None
    ) -> tuple[AppliedDirective, ...]:
        """Return directives as this subgraph applies them: its own contexts, and no access rules on interfaces."""
        context = self.supergraph.directive_name("context", "context")
        access = {self.supergraph.directive_name(name, name) for name in _ACCESS}
        prefix = f"{self.supergraph.graphs[self.graph].name}__"
        kept = []
        for directive in applied:
            if directive.name == context:
                name = str(directive.arguments.get("name"))
                if name.startswith(prefix):
                    kept.append(replace(directive, arguments={"name": name.removeprefix(prefix)}))
            elif directive.name not in self.undefinable and not (
                directive.name in access and isinstance(owner, InterfaceType)
            ):
                kept.append(directive)
        return tuple(kept)

    def _own_directives(self) -> set[str]:
        """The local names of directives that federation defines, so that subgraphs needn't."""
        return {
            local_name(feature, f"@{name}")
            for feature in self.supergraph.features
            for name in FEATURE_DIRECTIVES.get(feature.identity, ())
        }

    def _links(self, body: str) -> Iterator[AppliedDirective]:
        imports: list[Value] = [f"@{name}" for name in _BASIC if re.search(rf"@{name}\b", body)]
        composed: list[AppliedDirective] = []
        others: list[AppliedDirective] = []
        for feature in self.supergraph.features:
            own = FEATURE_DIRECTIVES.get(feature.identity)
            for name in own or ():
                imports.append(_import(f"@{name}", f"@{local_name(feature, f'@{name}')}"))
            if own is None:
                elements: list[Value] = [_import(name, local) for name, local in feature.imports.items()]
                url = f"{feature.identity}/v{feature.version[0]}.{feature.version[1]}"
                others.append(AppliedDirective("link", {"url": url, "import": tuple(elements)}))
                composed.extend(
                    AppliedDirective("composeDirective", {"name": local})
                    for local in feature.imports.values()
                    if local.removeprefix("@") not in self.undefinable
                )
        if composed:
            imports.append("@composeDirective")
        yield AppliedDirective("link", {"url": _FEDERATION, "import": tuple(imports)})
        yield from others
        yield from composed


def _is_shared(definition: ObjectType | InterfaceType, joins: TypeJoins) -> bool:
    """Whether fields of a type may have several subgraphs that resolve them, the object form of an interface included.

    An overridden field isn't joined, but composing looks at it again; so it is the type that decides.
    """
    return definition.name != "Subscription" and (len(joins.graphs) > 1 or bool(definition.interfaces))


def _import(name: str, local: str) -> Value:
    return name if name == local else ObjectValue((("name", name), ("as", local)))


def _keys(joins: Iterable[JoinType], *, extension: bool) -> tuple[AppliedDirective, ...]:
    return tuple(
        AppliedDirective("key", {"fields": join.key} if join.resolvable else {"fields": join.key, "resolvable": False})
        for join in joins
        if join.key is not None and join.extension is extension
    )


def _only_head(definition: TypeDefinition, directives: tuple[AppliedDirective, ...]) -> TypeDefinition:
    kind = InterfaceType if isinstance(definition, InterfaceType) else ObjectType
    return kind(definition.name, directives=directives)


def _join_directives(join: JoinField, shared: bool) -> Iterator[AppliedDirective]:
    if join.external:
        yield AppliedDirective("external")
    if join.requires is not None:
        yield AppliedDirective("requires", {"fields": join.requires})
    if join.provides is not None:
        yield AppliedDirective("provides", {"fields": join.provides})
    if join.override is not None:
        label: Mapping[str, Value] = {} if join.override_label is None else {"label": join.override_label}
        yield AppliedDirective("override", {"from": join.override, **label})
    if shared:
        yield AppliedDirective("shareable")
