"""The definitions that a subgraph may leave out, completed; those that it gives, checked.

Enters: a schema and its links. Leaves: a :class:`Lexicon`, which tells what each local name means.
Invariant: a directive that the lexicon calls canonical is defined as its specification wants it, or a finding says not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.links import Links, is_link
from router.federation.subgraph import LinkedFeature, Version
from router.federation.versions import (
    CORE_IDENTITY,
    FEDERATION_1,
    FEDERATION_IDENTITY,
    FEDERATION_VERSIONS,
    LINK_IDENTITY,
    SPECS_DOMAIN,
    federation_vocabulary,
    link_definition,
    own_vocabulary,
)
from router.type_system.model import (
    DirectiveDefinition,
    EnumType,
    EnumValueDefinition,
    InputValue,
    ListType,
    NamedType,
    NoDefault,
    NonNullType,
    ScalarType,
    Schema,
    TypeDefinition,
    TypeRef,
    named_type,
)
from router.type_system.reader import read_schema
from router.type_system.values import print_value, same_value

#: What a federation server adds to answer the router; never part of what composes.
SERVICE_TYPES: Final = ("_Service", "_Entity", "_Any")
SERVICE_FIELDS: Final = ("_service", "_entities")
BUILT_IN_SCALARS: Final = frozenset({"Int", "Float", "String", "Boolean", "ID"})

_BUILT_IN_DIRECTIVES = read_schema("""
    directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @deprecated(reason: String = "No longer supported")
      on FIELD_DEFINITION | ENUM_VALUE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
    directive @specifiedBy(url: String!) on SCALAR
""").directive_definitions

_PURPOSES = frozenset({"SECURITY", "EXECUTION"})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the names of one subgraph mean.

    ``directives`` are all definitions by local name, given, completed and built in; ``canonical`` maps the local name
    of a federation directive to its canonical one; ``machinery`` names the types that belong to features, not users;
    ``completed_types`` are those of them that the subgraph left out and whose values matter; ``scalars`` belong to
    features that stand on their own, and count as the user's.
    """

    version: Version
    directives: Mapping[str, DirectiveDefinition]
    canonical: Mapping[str, str]
    machinery: frozenset[str]
    completed_types: Mapping[str, TypeDefinition]
    link_directive: str
    scalars: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Expected:
    """A directive as a feature defines it, under its names in this subgraph."""

    local: str
    canonical: str
    definition: DirectiveDefinition


@dataclass(frozen=True, slots=True)
class _Tables:
    """What follows from the links alone; the same for all subgraphs that link the same."""

    expected: Mapping[str, _Expected]
    directives: Mapping[str, DirectiveDefinition]
    canonical: Mapping[str, str]
    machinery: frozenset[str]


_FeatureKey = tuple[str, Version, str, tuple[tuple[str, str], ...]]


def complete_definitions(schema: Schema, links: Links, findings: Findings) -> Lexicon:
    """Complete and check the definitions of a subgraph."""
    federation = links.federation
    version = federation.version if federation and federation.version in FEDERATION_VERSIONS else FEDERATION_1
    tables = _tables(
        tuple((item.identity, item.version, item.name, tuple(item.imports.items())) for item in links.features),
        version,
        links.directive,
    )
    directives = {**tables.directives, **schema.directive_definitions}
    vouched = _vouches_for_link(schema, links)
    for name, given in schema.directive_definitions.items():
        expected = tables.expected.get(name)
        if expected is None or (vouched and name == links.directive):
            continue
        if version == FEDERATION_1 and _is_old_field_set_directive(given):
            directives[name] = expected.definition
        else:
            _check_directive(given, expected, schema, findings)
    namespace = f"{links.directive}__"
    own = {name for name in tables.machinery if vouched and name.startswith(namespace)}
    _check_types(schema, tables.machinery - own, links, findings)
    # Names below a feature's are the feature's, known ones or not; the upgrade of Federation 1 links both features.
    federation_namespace = f"{federation.name}__" if federation else "federation__"
    reserved = {name for name in schema.types if "__" in name and name.startswith((namespace, federation_namespace))}
    machinery = tables.machinery | reserved
    completed: dict[str, TypeDefinition] = {}
    purpose = _purpose(links)
    if (links.features or schema.directives) and purpose not in schema.types:
        completed[purpose] = EnumType(purpose, values={name: EnumValueDefinition(name) for name in sorted(_PURPOSES)})
    scalars = frozenset(
        _local_type(feature, name)
        for feature in links.features
        if (vocabulary := own_vocabulary(feature.identity, feature.version)) is not None
        for name in vocabulary.types
    )
    return Lexicon(version, directives, tables.canonical, machinery - scalars, completed, links.directive, scalars)


def _purpose(links: Links) -> str:
    """Return what a subgraph calls the enum of ``@link(for:)``."""
    feature = links.by_identity.get(LINK_IDENTITY)
    return f"{links.directive}__Purpose" if feature is None else _local_type(feature, "Purpose")


def _vouches_for_link(schema: Schema, links: Links) -> bool:
    """Whether a subgraph links ``@link`` itself and defines it as one that links; then its definition counts."""
    definition = schema.directive_definitions.get(links.directive)
    if definition is None or not links.explicit or not is_link(definition):
        return False
    return "url" in definition.arguments or CORE_IDENTITY in links.by_identity


@lru_cache(maxsize=512)
def _tables(features: tuple[_FeatureKey, ...], version: Version, link_name: str) -> _Tables:
    linked = [LinkedFeature(identity, number, name, dict(imports)) for identity, number, name, imports in features]
    expected = {item.local: item for item in _expected_directives(linked, version)}
    directives = {**_BUILT_IN_DIRECTIVES, **{name: item.definition for name, item in expected.items()}}
    if not features:
        directives.setdefault(link_name, link_definition())
    machinery = {
        name
        for item in expected.values()
        for name in (named_type(argument.type) for argument in item.definition.arguments.values())
        if name not in BUILT_IN_SCALARS
    }
    for feature in linked:
        if feature.identity == FEDERATION_IDENTITY and version != FEDERATION_1:
            machinery.update(_local_type(feature, name) for name in federation_vocabulary(version).types)
    return _Tables(
        expected,
        directives,
        {name: item.canonical for name, item in expected.items() if item.canonical},
        frozenset(machinery | set(SERVICE_TYPES)),
    )


def check_adopted_definitions(schema: Schema, adopted: Mapping[str, str], version: Version, findings: Findings) -> None:
    """Check the definitions of directives that are federation's though the schema links nothing."""
    vocabulary = federation_vocabulary(version)
    for name, canonical in adopted.items():
        expected = _Expected(name, canonical, vocabulary.directives[name])
        _check_directive(schema.directive_definitions[name], expected, schema, findings)


def _expected_directives(features: Sequence[LinkedFeature], version: Version) -> Iterator[_Expected]:
    # A link to federation of an unknown version brings nothing in.
    if version == FEDERATION_1 and all(feature.identity != FEDERATION_IDENTITY for feature in features):
        for name, definition in federation_vocabulary(version).directives.items():
            renamed = _with_local_types(definition, {"federation__FieldSet": "_FieldSet"})
            yield _Expected(name, f"federation__{name}", renamed)
    for feature in features:
        names: tuple[str, ...] = ()
        if feature.identity == LINK_IDENTITY:
            types = {f"link__{name}": _local_type(feature, name) for name in ("Import", "Purpose")}
            yield _Expected(feature.name, "", _with_local_types(link_definition(), types))
        elif feature.identity == FEDERATION_IDENTITY:
            if version == FEDERATION_1:
                continue
            vocabulary, names = federation_vocabulary(version), tuple(federation_vocabulary(version).directives)
        elif (own := own_vocabulary(feature.identity, feature.version)) is not None:
            vocabulary, names = own, tuple(own.directives)
        for name in names:
            definition = vocabulary.directives[name]
            types = {
                argument: _local_type(feature, argument.removeprefix("federation__"))
                for argument in (named_type(item.type) for item in definition.arguments.values())
                if argument.startswith("federation__")
            }
            renamed = _with_local_types(definition, types)
            yield _Expected(local_directive(feature, name), f"federation__{name}", renamed)


def local_directive(feature: LinkedFeature, name: str) -> str:
    """Return what a subgraph calls a directive of a feature, without the ``@``."""
    imported = feature.imports.get(f"@{name}")
    if imported is not None:
        return imported.removeprefix("@")
    if feature.identity == f"{SPECS_DOMAIN}{name}":
        return feature.name
    return f"{feature.name}__{name}"


def _local_type(feature: LinkedFeature, name: str) -> str:
    return feature.imports.get(name, f"{feature.name}__{name}")


def _is_old_field_set_directive(given: DirectiveDefinition) -> bool:
    """Federation 1 servers define ``fields`` as nullable, as a string, or not at all; all of these are meant well."""
    if given.name not in ("key", "requires", "provides"):
        return False
    fields = given.arguments.get("fields")
    if fields is None:
        return not given.arguments
    return len(given.arguments) == 1 and str(fields.type) in ("String", "_FieldSet", "FieldSet")


def _with_local_types(definition: DirectiveDefinition, types: Mapping[str, str]) -> DirectiveDefinition:
    if not types:
        return definition
    arguments = {
        name: InputValue(name, _rename_type(item.type, types), item.default)
        for name, item in definition.arguments.items()
    }
    return DirectiveDefinition(definition.name, arguments, definition.locations, definition.repeatable)


def _rename_type(ref: TypeRef, names: Mapping[str, str]) -> TypeRef:
    match ref:
        case NonNullType():
            inner = _rename_type(ref.of, names)
            return inner if isinstance(inner, NonNullType) else NonNullType(inner)
        case ListType():
            return ListType(_rename_type(ref.of, names))
        case NamedType():
            return NamedType(names.get(ref.name, ref.name))


def _check_directive(given: DirectiveDefinition, expected: _Expected, schema: Schema, findings: Findings) -> None:
    for problem in _directive_problems(given, expected.definition, schema):
        remedy = "leave the definition out, or write it as the specification does"
        findings.add(
            ErrorCode.DIRECTIVE_DEFINITION_INVALID, f"@{expected.local}", f"{problem}; {remedy}", given.position
        )


def _directive_problems(given: DirectiveDefinition, wanted: DirectiveDefinition, schema: Schema) -> Iterator[str]:
    for name, argument in wanted.arguments.items():
        actual = given.arguments.get(name)
        if actual is None:
            if argument.required:
                yield f"lacks the argument {name}"
            continue
        if not _accepts(actual.type, argument.type, schema):
            yield f"has {name}: {actual.type} where {argument.type} is expected"
        elif not isinstance(actual.type, NonNullType) and not _same_default(actual, argument):
            yield f"has the default {_print_default(actual)} for {name} where {_print_default(argument)} is expected"
    for name in given.arguments:
        if name not in wanted.arguments:
            yield f"has an argument {name} that isn't expected"
    if given.repeatable and not wanted.repeatable:
        yield "must not be repeatable"
    surplus = [location for location in given.locations if location not in wanted.locations]
    if surplus:
        yield f"stands on {', '.join(surplus)} where only {', '.join(wanted.locations)} are expected"


def _accepts(actual: TypeRef, wanted: TypeRef, schema: Schema) -> bool:
    """Whether an argument may have a type: the expected one, its non-null form, or a known type for a custom scalar."""
    if isinstance(wanted, NonNullType):
        return isinstance(actual, NonNullType) and _accepts(actual.of, wanted.of, schema)
    if isinstance(actual, NonNullType):
        return _accepts(actual.of, wanted, schema)
    if isinstance(wanted, ListType):
        return isinstance(actual, ListType) and _accepts(actual.of, wanted.of, schema)
    if actual == wanted:
        return True
    if wanted.name in BUILT_IN_SCALARS or wanted.name.endswith("__Purpose"):
        return False
    return isinstance(actual, ListType) or not isinstance(schema.types.get(actual.name), ScalarType)


def _same_default(actual: InputValue, wanted: InputValue) -> bool:
    ours = None if isinstance(actual.default, NoDefault) else actual.default
    theirs = None if isinstance(wanted.default, NoDefault) else wanted.default
    return same_value(ours, theirs)


def _print_default(argument: InputValue) -> str:
    return "null" if isinstance(argument.default, NoDefault) else print_value(argument.default)


def _check_types(schema: Schema, machinery: Set[str], links: Links, findings: Findings) -> None:
    for name in sorted(machinery & schema.types.keys()):
        given = schema.types.get(name)
        if given is None or name in SERVICE_TYPES:
            continue
        if name == _purpose(links):
            if not isinstance(given, EnumType):
                problem = "must be an enum"
            elif given.values.keys() != _PURPOSES:
                problem = "must have the values SECURITY and EXECUTION"
            else:
                continue
        elif isinstance(given, ScalarType):
            continue
        else:
            problem = "must be a scalar"
        remedy = "leave the definition out, or write it as the specification does"
        findings.add(ErrorCode.TYPE_DEFINITION_INVALID, name, f"{problem}; {remedy}", given.position)
