"""Who may see what: ``@authenticated``, ``@requiresScopes`` and ``@policy``, decided before anything is planned.

Enters: a supergraph, once; a caller and an operation, per request. Leaves: the operation with what the caller may not
see marked, and the operation without it, which is what gets planned. Invariant: nothing that is marked, and nothing
that is only needed for it, is ever fetched.

A field needs what is asked for on itself, on its type, on the type that it belongs to, and on every field that it
``@requires``, in any subgraph (composition sees to the last in new supergraphs; old ones may lack it). A field of an
interface, or of an interface's object form, needs what all its implementations need, since any of them may come back.

Worked example. ``type User { email: String @authenticated  name: String }`` and an anonymous caller who asks for
``{ me { name email } }``: planned is ``{ me { name } }``, and ``email`` is null with an UNAUTHORIZED_FIELD_OR_TYPE
error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment, parse_field_set
from router.operation.model import FieldSelection, FragmentSelection, Operation, Selection, SelectionSet
from router.supergraph.model import Supergraph
from router.type_system.model import (
    AppliedDirective,
    InterfaceType,
    NamedType,
    NonNullType,
    ObjectType,
    named_type,
)

#: Any of the outer, all of the inner: ``@requiresScopes(scopes: [["a", "b"], ["c"]])``.
Alternatives: TypeAlias = frozenset[frozenset[str]]

_TYPENAME = NonNullType(NamedType("String"))


@dataclass(frozen=True, slots=True)
class Access:
    """What a caller may do. ``policies`` are those that were evaluated to true."""

    authenticated: bool = False
    scopes: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is needed: a conjunction of alternatives. The empty requirement is met by everybody."""

    authenticated: bool = False
    scopes: frozenset[Alternatives] = frozenset()
    policies: frozenset[Alternatives] = frozenset()

    def both(self, other: Requirement) -> Requirement:
        """The requirement that needs this one and another."""
        if self == other or other == NOTHING:
            return self
        return Requirement(
            self.authenticated or other.authenticated, self.scopes | other.scopes, self.policies | other.policies
        )

    def met_by(self, access: Access) -> bool:
        """Tell whether a caller meets it."""
        return (
            (access.authenticated or not self.authenticated)
            and all(any(group <= access.scopes for group in alternatives) for alternatives in self.scopes)
            and all(any(group <= access.policies for group in alternatives) for alternatives in self.policies)
        )


NOTHING = Requirement()


@dataclass(frozen=True, slots=True)
class Authorised:
    """``marked`` keeps every field, with ``denied`` on some, for the answer; ``allowed`` is what may be planned."""

    marked: Operation
    allowed: Operation


class AccessRules:
    """The access rules of a supergraph, made once; requirements are worked out when first asked for."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._schema = supergraph.schema
        self._authenticated = supergraph.directive_name("authenticated", "authenticated")
        self._scopes = supergraph.directive_name("requiresScopes", "requiresScopes")
        self._policy = supergraph.directive_name("policy", "policy")
        self._types: dict[str, Requirement] = {}
        self._fields: dict[tuple[str, str], Requirement] = {}
        self._open: set[tuple[str, str]] = set()
        self.known_scopes: frozenset[str] = frozenset()
        self.known_policies: frozenset[str] = frozenset()
        #: False where the supergraph has no access rule at all, so that nothing needs to be looked at.
        self.any = self._collect()

    def relevant(self, access: Access) -> Access:
        """The part of a caller's rights that the supergraph knows, so that it can be part of a cache key."""
        if not self.any:
            return _NOBODY
        return Access(access.authenticated, access.scopes & self.known_scopes, access.policies & self.known_policies)

    def authorise(self, operation: Operation, access: Access) -> Authorised:
        """Mark and take out what a caller may not see."""
        pass_ = _Pass(self, access)
        marked, allowed = pass_.selection_set(operation.selection_set, (operation.root_type,))
        if not pass_.denied:
            return Authorised(operation, operation)
        return Authorised(replace(operation, selection_set=marked), replace(operation, selection_set=allowed))

    def type_requirement(self, name: str) -> Requirement:
        """What a type asks for by itself."""
        found = self._types.get(name)
        if found is None:
            definition = self._schema.types.get(name)
            found = self._types[name] = self._read(definition.directives) if definition is not None else NOTHING
        return found

    def field_requirement(self, owner: str, name: str) -> Requirement:
        """What a field of a type asks for, all told."""
        key = (owner, name)
        found = self._fields.get(key)
        if found is not None:
            return found
        if key in self._open:
            return NOTHING
        self._open.add(key)
        found = self._fields[key] = self._work_out(owner, name)
        self._open.discard(key)
        return found

    def _work_out(self, owner: str, name: str) -> Requirement:
        total = self.type_requirement(owner)
        definition = self._schema.types.get(owner)
        field = definition.fields.get(name) if isinstance(definition, ObjectType | InterfaceType) else None
        if field is not None:
            total = total.both(self._read(field.directives)).both(self.type_requirement(named_type(field.type)))
        if isinstance(definition, InterfaceType):
            for possible in self._schema.possible_types(owner):
                total = total.both(self.field_requirement(possible, name))
        joins = self._supergraph.joins.get(owner)
        for join in joins.fields.get(name, ()) if joins is not None else ():
            if join.requires is not None:
                total = total.both(self._field_set(owner, parse_field_set(join.requires)))
        return total

    def _field_set(self, owner: str, field_set: FieldSet) -> Requirement:
        total = NOTHING
        for selection in field_set:
            match selection:
                case FieldSetField():
                    total = total.both(self.field_requirement(owner, selection.name))
                    definition = self._schema.types.get(owner)
                    if selection.selections and isinstance(definition, ObjectType | InterfaceType):
                        inner = named_type(definition.fields[selection.name].type)
                        total = total.both(self._field_set(inner, selection.selections))
                case FieldSetFragment():
                    total = total.both(self._field_set(selection.type_condition or owner, selection.selections))
                case _:
                    assert_never(selection)
        return total

    def _read(self, directives: Iterable[AppliedDirective]) -> Requirement:
        total = NOTHING
        for directive in directives:
            if directive.name == self._authenticated:
                total = total.both(Requirement(authenticated=True))
            elif directive.name == self._scopes:
                scopes = _alternatives(directive.arguments.get("scopes"))
                total = total.both(Requirement(scopes=frozenset((scopes,))))
            elif directive.name == self._policy:
                policies = _alternatives(directive.arguments.get("policies"))
                total = total.both(Requirement(policies=frozenset((policies,))))
        return total

    def _collect(self) -> bool:
        """Gather the scopes and policies that occur; tell whether there is any rule."""
        if self._authenticated is None and self._scopes is None and self._policy is None:
            return False
        total = NOTHING
        for definition in self._schema.types.values():
            total = total.both(self._read(definition.directives))
            if isinstance(definition, ObjectType | InterfaceType):
                for field in definition.fields.values():
                    total = total.both(self._read(field.directives))
        self.known_scopes = frozenset(s for alternatives in total.scopes for group in alternatives for s in group)
        self.known_policies = frozenset(s for alternatives in total.policies for group in alternatives for s in group)
        return total != NOTHING


_NOBODY = Access()


def _alternatives(value: object) -> Alternatives:
    groups = value if isinstance(value, tuple) else ()
    return frozenset(frozenset(str(item) for item in group) for group in groups if isinstance(group, tuple))


class _Pass:
    """One walk over an operation. Equal selection sets are one object, so each is walked once a set of types."""

    def __init__(self, rules: AccessRules, access: Access) -> None:
        self.rules, self.access = rules, access
        self.denied = False
        self._known: dict[tuple[SelectionSet, tuple[str, ...]], tuple[SelectionSet, SelectionSet]] = {}
        self._verdicts: dict[tuple[str, str], bool] = {}

    def selection_set(self, selection_set: SelectionSet, owners: tuple[str, ...]) -> tuple[SelectionSet, SelectionSet]:
        """Return the set with marks, and the set of what is allowed."""
        key = (selection_set, owners)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._walk(selection_set, owners)
        return found

    def _walk(self, selection_set: SelectionSet, owners: tuple[str, ...]) -> tuple[SelectionSet, SelectionSet]:
        marked: list[Selection] = []
        allowed: list[Selection] = []
        for selection in selection_set.selections:
            match selection:
                case FieldSelection():
                    mark, keep = self._field(selection, owners)
                    marked.append(mark)
                    if keep is not None:
                        allowed.append(keep)
                case FragmentSelection():
                    inner, rest = self.selection_set(selection.selection_set, selection.types)
                    marked.append(replace(selection, selection_set=inner))
                    allowed.append(replace(selection, selection_set=rest))
                case _:
                    assert_never(selection)
        if not allowed and marked:
            # The object itself is allowed: it must be fetched to know whether it is there.
            allowed.append(FieldSelection("__typename", "__typename", _TYPENAME))
        parent = selection_set.parent_type
        return SelectionSet(parent, tuple(marked)), SelectionSet(parent, tuple(allowed))

    def _field(self, field: FieldSelection, owners: tuple[str, ...]) -> tuple[FieldSelection, FieldSelection | None]:
        if field.name.startswith("__"):
            return field, field
        if not all(self._may(owner, field.name) for owner in owners):
            self.denied = True
            return replace(field, denied=True), None
        if field.selection_set is None:
            return field, field
        parent = field.selection_set.parent_type
        marked, allowed = self.selection_set(field.selection_set, (parent,))
        return replace(field, selection_set=marked), replace(field, selection_set=allowed)

    def _may(self, owner: str, name: str) -> bool:
        key = (owner, name)
        found = self._verdicts.get(key)
        if found is None:
            found = self._verdicts[key] = self.rules.field_requirement(owner, name).met_by(self.access)
        return found


def access_of(claims: Mapping[str, object] | None, policies: frozenset[str] = frozenset()) -> Access:
    """What a verified token's claims allow: ``scope`` (RFC 8693), ``scp`` or ``scopes``, as text or list."""
    if claims is None:
        return Access(policies=policies)
    scopes: set[str] = set()
    for name in ("scope", "scp", "scopes"):
        value = claims.get(name)
        if isinstance(value, str):
            scopes.update(value.split())
        elif isinstance(value, list | tuple):
            scopes.update(item for item in value if isinstance(item, str))
    return Access(True, frozenset(scopes), policies)
