"""The definitions that a subgraph may leave out, completed; those that it gives, checked.

Enters: a schema and its links. Leaves: a :class:`Lexicon`, which tells what each local name means.
Invariant: a directive that the lexicon calls canonical is defined as its specification wants it, or a finding says not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.links import Links
from router.federation.subgraph import LinkedFeature, Version
from router.federation.versions import (
    FEDERATION_1,
    FEDERATION_IDENTITY,
    FEDERATION_VERSIONS,
    LINK_IDENTITY,
    OWN_FEATURES,
    SPECS_DOMAIN,
    federation_vocabulary,
    link_definition,
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
    ``completed_types`` are those of them that the subgraph left out and whose values matter.
    """

    version: Version
    directives: Mapping[str, DirectiveDefinition]
    canonical: Mapping[str, str]
    machinery: frozenset[str]
    completed_types: Mapping[str, TypeDefinition]
    link_directive: str


@dataclass(frozen=True, slots=True)
class _Expected:
    """A directive as a feature defines it, under its names in this subgraph."""

    local: str
    canonical: str
    definition: DirectiveDefinition
    types: Mapping[str, str]


def complete_definitions(schema: Schema, links: Links, findings: Findings) -> Lexicon:
    """Complete and check the definitions of a subgraph."""
    federation = links.federation
    version = federation.version if federation and federation.version in FEDERATION_VERSIONS else FEDERATION_1
    directives = {**_BUILT_IN_DIRECTIVES, **schema.directive_definitions}
    canonical: dict[str, str] = {}
    machinery = set(SERVICE_TYPES)
    for expected in _expected_directives(links, version):
        given = schema.directive_definitions.get(expected.local)
        machinery.update(expected.types.values())
        if expected.canonical:
            canonical[expected.local] = expected.canonical
        if given is not None and not (version == FEDERATION_1 and _is_old_field_set_directive(given)):
            _check_directive(given, expected, schema, findings)
        else:
            directives[expected.local] = _with_local_types(expected)
    _check_types(schema, machinery, links, findings)
    link_name = links.directive
    if not links.features and link_name not in directives:
        directives[link_name] = link_definition()
    machinery.update(name for name in schema.types if links.features and name.startswith(f"{link_name}__"))
    completed: dict[str, TypeDefinition] = {}
    purpose = f"{link_name}__Purpose"
    if links.features and purpose not in schema.types:
        completed[purpose] = EnumType(purpose, values={name: EnumValueDefinition(name) for name in sorted(_PURPOSES)})
    return Lexicon(version, directives, canonical, frozenset(machinery), completed, link_name)


def check_adopted_definitions(schema: Schema, adopted: Mapping[str, str], version: Version, findings: Findings) -> None:
    """Check the definitions of directives that are federation's though the schema links nothing."""
    vocabulary = federation_vocabulary(version)
    for name, canonical in adopted.items():
        expected = _Expected(name, canonical, vocabulary.directives[name], {})
        _check_directive(schema.directive_definitions[name], expected, schema, findings)


def _expected_directives(links: Links, version: Version) -> Iterator[_Expected]:
    link = links.by_identity.get(LINK_IDENTITY)
    if link is not None:
        types = {name: f"{link.name}__{name.removeprefix('link__')}" for name in ("link__Import", "link__Purpose")}
        yield _Expected(link.name, "", link_definition(), types)
    if version == FEDERATION_1:
        vocabulary = federation_vocabulary(version)
        for name, definition in vocabulary.directives.items():
            yield _Expected(name, f"federation__{name}", definition, {"federation__FieldSet": "_FieldSet"})
    for feature in links.features:
        names: tuple[str, ...] = ()
        if feature.identity == FEDERATION_IDENTITY:
            if version == FEDERATION_1:
                continue
            vocabulary, names = federation_vocabulary(version), tuple(federation_vocabulary(version).directives)
        elif feature.identity in OWN_FEATURES:
            vocabulary, names = federation_vocabulary(FEDERATION_VERSIONS[-1]), OWN_FEATURES[feature.identity]
        for name in names:
            definition = vocabulary.directives[name]
            types = {
                argument: _local_type(feature, argument.removeprefix("federation__"))
                for argument in (named_type(item.type) for item in definition.arguments.values())
                if argument.startswith("federation__")
            }
            yield _Expected(local_directive(feature, name), f"federation__{name}", definition, types)


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
    return fields is None or str(fields.type) in ("String", "_FieldSet")


def _with_local_types(expected: _Expected) -> DirectiveDefinition:
    definition = expected.definition
    if not expected.types:
        return definition
    arguments = {
        name: InputValue(name, _rename_type(item.type, expected.types), item.default)
        for name, item in definition.arguments.items()
    }
    return DirectiveDefinition(expected.local, arguments, definition.locations, definition.repeatable)


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
    for problem in _directive_problems(given, _with_local_types(expected), expected, schema):
        remedy = "leave the definition out, or write it as the specification does"
        findings.add(
            ErrorCode.DIRECTIVE_DEFINITION_INVALID, f"@{expected.local}", f"{problem}; {remedy}", given.position
        )


def _directive_problems(
    given: DirectiveDefinition, wanted: DirectiveDefinition, expected: _Expected, schema: Schema
) -> Iterator[str]:
    for name, argument in wanted.arguments.items():
        actual = given.arguments.get(name)
        if actual is None:
            if argument.required:
                yield f"lacks the argument {name}"
            continue
        if not _accepts(actual.type, argument.type, schema, expected):
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


def _accepts(actual: TypeRef, wanted: TypeRef, schema: Schema, expected: _Expected) -> bool:
    """Whether an argument may have a type: the expected one, its non-null form, or a known type for a custom scalar."""
    if isinstance(wanted, NonNullType):
        return isinstance(actual, NonNullType) and _accepts(actual.of, wanted.of, schema, expected)
    if isinstance(actual, NonNullType):
        return _accepts(actual.of, wanted, schema, expected)
    if isinstance(wanted, ListType):
        return isinstance(actual, ListType) and _accepts(actual.of, wanted.of, schema, expected)
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


def _check_types(schema: Schema, machinery: set[str], links: Links, findings: Findings) -> None:
    for name in machinery:
        given = schema.types.get(name)
        if given is None or name in SERVICE_TYPES:
            continue
        if name == f"{links.directive}__Purpose":
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
