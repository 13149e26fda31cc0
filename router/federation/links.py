"""``@link`` and ``@core``: which features a subgraph uses, and what it calls their elements.

Enters: the directives applied to a schema, and the definitions that it gives. Leaves: :class:`Links`, or findings.
Invariant: every imported or namespaced name belongs to one feature only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from urllib.parse import urlsplit

from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.subgraph import LinkedFeature, Version
from router.federation.versions import (
    CORE_IDENTITY,
    CORE_VERSIONS,
    FEDERATION_IDENTITY,
    FEDERATION_VERSIONS,
    LINK_IDENTITY,
    LINK_VERSIONS,
    SPECS_DOMAIN,
    UNSUPPORTED_FEATURES,
    Vocabulary,
    federation_vocabulary,
    known_directives,
    link_definition,
    own_vocabulary,
)
from router.type_system.model import AppliedDirective, DirectiveDefinition, Schema
from router.type_system.values import EnumValue, ObjectValue, Value, print_value

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FEATURE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_VERSION = re.compile(r"v([0-9]+)\.([0-9]+)\Z")
_USAGE = ErrorCode.INVALID_LINK_DIRECTIVE_USAGE


@dataclass(frozen=True, slots=True)
class Links:
    """The features of one subgraph, in order; empty for a schema that links nothing (Federation 1).

    ``directive`` is the name under which the subgraph applies ``@link`` (or ``@core``); ``explicit`` tells that it
    links the specification of ``@link`` itself, and doesn't leave that to be understood.
    """

    directive: str = "link"
    explicit: bool = False
    features: tuple[LinkedFeature, ...] = ()
    by_identity: Mapping[str, LinkedFeature] = field(default_factory=dict)

    @property
    def federation(self) -> LinkedFeature | None:
        """The link to federation, if there is one."""
        return self.by_identity.get(FEDERATION_IDENTITY)


class InvalidIdentifier(ValueError):
    """A url that names no feature; the message says why."""


@lru_cache(maxsize=1024)
def split_url(url: str) -> tuple[str, str, Version]:
    """Split ``https://host/path/name/v1.2`` into identity, name and version. Raises :class:`InvalidIdentifier`."""
    parts = urlsplit(url.strip())
    if not parts.scheme or (not parts.netloc and parts.scheme in ("http", "https")):
        raise InvalidIdentifier("is not an absolute url; write it out, such as https://example.com/name/v1.0")
    segments = parts.path.split("/")[1:]
    if segments in ([], [""]):
        raise InvalidIdentifier("has no path; end it in a name and a version, such as /name/v1.0")
    version = _VERSION.match(segments[-1])
    if version is None:
        raise InvalidIdentifier(f"ends in {segments[-1] or '/'!r}; end it in a version such as v1.0")
    if len(segments) < 2 or not segments[-2]:
        raise InvalidIdentifier("has no name before its version; end it in both, such as /name/v1.0")
    identity = f"{parts.scheme}://{parts.netloc.lower()}/{'/'.join(segments[:-1])}"
    return identity, segments[-2], (int(version[1]), int(version[2]))


def read_links(schema: Schema, findings: Findings) -> Links:
    """Read the links of a schema; one that is malformed is reported, and isn't among the features."""
    directive = _find_link_directive(schema)
    if directive is None:
        return Links(_name_of_link(schema))
    features = _read_features(schema.directives, directive, findings)
    explicit = any(
        feature.identity in (LINK_IDENTITY, CORE_IDENTITY) and feature.name == directive for feature in features
    )
    if not explicit:
        features.insert(0, LinkedFeature(identity=LINK_IDENTITY, version=(1, 0), name=directive))
    features = _check_features(features, findings)
    return Links(directive, explicit, tuple(features), {feature.identity: feature for feature in features})


def _find_link_directive(schema: Schema) -> str | None:
    """Find the directive that links: the one that links its own specification, else ``@link`` to federation."""
    for application in schema.directives:
        definition = schema.directive_definitions.get(application.name)
        if application.name != "link" if definition is None else not is_link(definition):
            continue
        defined = {"url"} if definition is None else definition.arguments.keys()
        url = application.arguments.get("url" if "url" in defined else "feature")
        if not isinstance(url, str) or not url.startswith((LINK_IDENTITY + "/", CORE_IDENTITY + "/")):
            continue
        own_name = application.arguments.get("as") or url.removeprefix(SPECS_DOMAIN).split("/")[0]
        if own_name == application.name:
            return application.name
    for application in schema.directives:
        if application.name == "link":
            url = application.arguments.get("url")
            if isinstance(url, str) and url.startswith(FEDERATION_IDENTITY):
                return "link"
    return None


def is_link(definition: DirectiveDefinition) -> bool:
    """Whether a directive that a schema defines can be the one that links, under whatever name."""
    url = definition.arguments.get("url") or definition.arguments.get("feature")
    alias = definition.arguments.get("as")
    return (
        definition.repeatable
        and definition.locations == ("SCHEMA",)
        and url is not None
        and str(url.type) in ("String", "String!")
        and (alias is None or str(alias.type) == "String")
    )


def _name_of_link(schema: Schema) -> str:
    """Return what ``@link`` is called where nothing is linked: a link to itself may rename it, and then isn't one."""
    for application in schema.directives:
        url = application.arguments.get("url")
        if application.name == "link" and isinstance(url, str) and url.startswith(f"{LINK_IDENTITY}/"):
            alias = application.arguments.get("as")
            return alias if isinstance(alias, str) else "link"
    return "link"


def _read_features(applications: Iterable[AppliedDirective], directive: str, findings: Findings) -> list[LinkedFeature]:
    features: list[LinkedFeature] = []
    for application in applications:
        if application.name != directive:
            continue
        feature = _read_feature(application, findings)
        if feature is not None:
            features.append(feature)
    return features


def _read_feature(application: AppliedDirective, findings: Findings) -> LinkedFeature | None:
    arguments, position = application.arguments, application.position
    url = arguments.get("url", arguments.get("feature"))
    if not isinstance(url, str):
        problem = f"applies @{application.name} without a url; name the feature and its version"
        findings.add(ErrorCode.INVALID_LINK_IDENTIFIER, "schema", problem, position)
        return None
    try:
        identity, name, version = split_url(url)
    except InvalidIdentifier as error:
        problem = f'applies @{application.name} with the url "{url}", which {error}'
        findings.add(ErrorCode.INVALID_LINK_IDENTIFIER, "schema", problem, position)
        return None
    alias = arguments.get("as")
    alias = alias.name if isinstance(alias, EnumValue) else alias
    if alias is not None and not isinstance(alias, str):
        findings.add(_USAGE, "schema", f"links {identity} as {print_value(alias)}; give a name as a string", position)
        return None
    purpose = arguments.get("for")
    return LinkedFeature(
        identity=identity,
        version=version,
        name=name if alias is None else alias,
        imports=_read_imports(arguments.get("import"), identity, position, findings),
        purpose=purpose.name if isinstance(purpose, EnumValue) else purpose if isinstance(purpose, str) else None,
        position=position,
    )


def _read_imports(value: Value, identity: str, position: int, findings: Findings) -> dict[str, str]:
    imports: dict[str, str] = {}
    if value is None:
        return imports
    if not isinstance(value, tuple):
        findings.add(_USAGE, "schema", f"imports {print_value(value)} from {identity}; write a list", position)
        return imports
    for item in value:
        read = _read_import(item)
        if isinstance(read, str):
            findings.add(_USAGE, "schema", f"imports {print_value(item)} from {identity}: {read}", position)
            continue
        element, local = read
        if imports.setdefault(element, local) != local:
            problem = f"imports {element} from {identity} as {local} and as {imports[element]}; keep one of them"
            findings.add(_USAGE, "schema", problem, position)
    return imports


def _read_import(item: Value) -> tuple[str, str] | str:
    """Return the element and its local name, or what is wrong with the import."""
    if isinstance(item, EnumValue):
        return item.name, item.name
    if isinstance(item, str):
        return item, item
    if not isinstance(item, ObjectValue):
        return 'write a name, or {name: "...", as: "..."}'
    values = dict(item.fields)
    unknown = values.keys() - {"name", "as"}
    if unknown:
        return f"{sorted(unknown)[0]} isn't a field of an import; use name and as"
    element = values.get("name")
    if not isinstance(element, str):
        return "give the element's name as a string"
    local = values.get("as", element)
    if not isinstance(local, str):
        return "give the local name as a string"
    for name in (element, local):
        if not _NAME.match(name.removeprefix("@")):
            return f'"{name}" is not a GraphQL name'
    if element.startswith("@") != local.startswith("@"):
        return f"{element} and {local} must both be directives (with @) or both be types"
    return element, local


def _check_features(features: list[LinkedFeature], findings: Findings) -> list[LinkedFeature]:
    """Check the features together, and return those to go on with, also where others are at fault."""
    if findings.errors:
        return features
    usable: list[LinkedFeature] = []
    by_identity: dict[str, LinkedFeature] = {}
    by_name: dict[str, LinkedFeature] = {}
    for feature in features:
        problem = _name_problem(feature.name)
        if problem:
            findings.add(_USAGE, "schema", f'links {feature.identity} as "{feature.name}", {problem}', feature.position)
        elif feature.identity in by_identity:
            problem = f"links {feature.identity} more than once; keep one of the links"
            findings.add(_USAGE, "schema", problem, feature.position)
        elif feature.name in by_name:
            problem = f'links {feature.identity} and {by_name[feature.name].identity} both as "{feature.name}"'
            findings.add(_USAGE, "schema", f'{problem}; rename one by "as"', feature.position)
        else:
            usable.append(feature)
        by_identity.setdefault(feature.identity, feature)
        by_name.setdefault(feature.name, feature)
    if not findings.errors:
        imported: dict[str, tuple[LinkedFeature, str]] = {}
        for feature in features:
            _check_imports(feature, by_name, imported, findings)
    if not findings.errors:
        for problem, position in _unknown_imports(features):
            findings.add(_USAGE, "schema", problem, position)
        if findings.errors:
            return [feature for feature in usable if feature.identity != FEDERATION_IDENTITY]
    return usable


def _name_problem(name: str) -> str | None:
    if not _FEATURE_NAME.match(name):
        return 'which is not a GraphQL name; rename it by "as"'
    if "__" in name:
        return 'which contains "__"; rename it by "as"'
    if name.endswith("_"):
        return 'which ends in "_"; rename it by "as"'
    return None


def _check_imports(
    feature: LinkedFeature,
    by_name: Mapping[str, LinkedFeature],
    imported: dict[str, tuple[LinkedFeature, str]],
    findings: Findings,
) -> None:
    """Check that no import takes a name that another element has, by import or by namespace."""
    for element, local in feature.imports.items():
        before = imported.setdefault(local, (feature, element))
        if before != (feature, element):
            problem = f"imports {element} from {feature.identity} and {before[1]} from {before[0].identity}"
            findings.add(_USAGE, "schema", f'{problem} both as {local}; rename one by "as"', feature.position)
            continue
        bare = local.removeprefix("@")
        namespace, separator, rest = bare.partition("__")
        owner = by_name.get(namespace)
        if separator:
            taken = owner is not None and (owner is not feature or element.removeprefix("@") != rest)
        else:
            taken = (
                local.startswith("@")
                and owner is not None
                and (owner is not feature or element.removeprefix("@") != bare)
            )
        if taken and owner is not None:
            problem = f"imports {element} from {feature.identity} as {local}, a name in the namespace of"
            findings.add(_USAGE, "schema", f'{problem} {owner.identity}; rename it by "as"', feature.position)


def _unknown_imports(features: Iterable[LinkedFeature]) -> Iterator[tuple[str, int]]:
    for feature in features:
        vocabulary = _vocabulary_of(feature)
        if vocabulary is None:
            continue
        for element in feature.imports:
            bare = element.removeprefix("@")
            if bare in (vocabulary.directives if element.startswith("@") else vocabulary.types):
                continue
            version = f"v{feature.version[0]}.{feature.version[1]}"
            near = get_close_matches(bare, sorted(vocabulary.directives), 1)
            remedy = f"did you mean @{near[0]}?" if near else "check its spelling"
            if bare in known_directives():
                remedy = "link a later version" if element.startswith("@") else f"write @{bare} for the directive"
            name = feature.identity.rsplit("/", 1)[-1]
            yield f"imports {element}, which {name} {version} doesn't define; {remedy}", feature.position


def _vocabulary_of(feature: LinkedFeature) -> Vocabulary | None:
    if feature.identity == FEDERATION_IDENTITY:
        return federation_vocabulary(feature.version) if feature.version in FEDERATION_VERSIONS else None
    if feature.identity == LINK_IDENTITY:
        return Vocabulary({"link": link_definition()}, ("Import", "Purpose"))
    return own_vocabulary(feature.identity, feature.version)


def check_names(links: Links, findings: Findings) -> None:
    """Report names that can't begin those of directives and types; and what is to come from federation itself."""
    for feature in links.features:
        own = own_vocabulary(feature.identity, feature.version)
        if "-" in feature.name and (own or feature.identity in (LINK_IDENTITY, FEDERATION_IDENTITY)):
            problem = f'links {feature.identity} as "{feature.name}", which can\'t begin a name; rename it by "as"'
            findings.add(ErrorCode.INVALID_GRAPHQL, "schema", problem, feature.position)
        elif own and links.federation is None and _takes_the_place(feature, ("tag", "inaccessible")):
            problem = f"links {feature.identity}, but not federation; link federation v2, and import @{feature.name}"
            findings.add(_USAGE, "schema", problem, feature.position)


def _takes_the_place(feature: LinkedFeature, directives: Iterable[str]) -> bool:
    """Tell whether a feature brings in a directive that the upgrade of Federation 1 imports."""
    return any(
        feature.identity.endswith(f"/{name}") and (feature.name == name or f"@{name}" in feature.imports)
        for name in directives
    )


def check_support(links: Links, findings: Findings) -> None:
    """Refuse features that a subgraph can't do without, and that composition doesn't have: connectors."""
    for feature in links.features:
        if feature.identity in UNSUPPORTED_FEATURES:
            problem = f"links {feature.name}, which isn't supported; unlink it, and let a server resolve those fields"
            findings.add(ErrorCode.UNSUPPORTED_FEATURE, "schema", problem, feature.position)


def check_versions(links: Links, findings: Findings) -> None:
    """Report links to versions of ``@link`` or of federation that aren't known."""
    for feature in links.features:
        version = f"v{feature.version[0]}.{feature.version[1]}"
        if feature.identity == FEDERATION_IDENTITY and feature.version not in FEDERATION_VERSIONS:
            last = FEDERATION_VERSIONS[-1]
            problem = f"links federation {version}, which isn't known; link one of v2.0 to v{last[0]}.{last[1]}"
            findings.add(ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION, "schema", problem, feature.position)
        known = {LINK_IDENTITY: LINK_VERSIONS, CORE_IDENTITY: CORE_VERSIONS}.get(feature.identity)
        if known is not None and feature.version not in known and links.directive == feature.name:
            problem = f"links {feature.identity} {version}, which isn't known; link v1.0"
            # Beside a link to federation, which stands for the known version, this is a second link.
            second = links.federation is not None and feature.identity == LINK_IDENTITY
            code = _USAGE if second else ErrorCode.UNKNOWN_LINK_VERSION
            findings.add(code, "schema", problem, feature.position)
