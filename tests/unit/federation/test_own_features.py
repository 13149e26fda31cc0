"""Features of federation that are linked by their own specification, and names that belong to features."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from tests.unit.federation.subgraphs import QUERY, codes

FEDERATION = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
LINK = '@link(url: "https://specs.apollo.dev/link/v1.0")'


def own(name: str, version: str, rest: str = "") -> str:
    return f'@link(url: "https://specs.apollo.dev/{name}/{version}"{rest})'


def schema(*links: str, field: str = "") -> str:
    return f"extend schema {' '.join(links)} type Query {{ q(a: Int): Int {field} }}"


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        (own("tag", "v0.2"), '@tag(name: "t")'),
        (own("cost", "v0.1"), "@cost(weight: 1)"),
        (own("cost", "v0.1", ', as: "c"'), "@c(weight: 1)"),
        (own("inaccessible", "v0.1", ', import: [{name: "@inaccessible", as: "@hidden"}]'), "r: Int @hidden"),
        (own("requiresScopes", "v0.1", ', import: ["@requiresScopes", "Scope"]'), '@requiresScopes(scopes: [["a"]])'),
        (own("policy", "v0.1"), '@policy(policies: [["a"]])'),
    ],
)
def test_known_versions_define_their_directives(feature: str, field: str) -> None:
    assert codes(schema(FEDERATION, feature, field=field)) == set()


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        (own("tag", "v0.4"), '@tag(name: "t")'),
        (own("inaccessible", "v0.3"), "@inaccessible"),
        (own("cost", "v1.0"), "@cost(weight: 1)"),
        (own("cacheTag", "v0.1"), '@cacheTag(format: "f")'),
    ],
)
def test_unknown_versions_define_nothing(feature: str, field: str) -> None:
    assert codes(schema(FEDERATION, feature, field=field)) == {"INVALID_GRAPHQL"}
    assert codes(schema(FEDERATION, feature)) == set()


@pytest.mark.parametrize("version", ["v0.1", "v0.2"])
def test_early_versions_have_fewer_locations(version: str) -> None:
    on_argument = f'extend schema {FEDERATION} {own("tag", version)} type Query {{ q(a: Int @tag(name: "t")): Int }}'
    on_schema = f'extend schema @tag(name: "t") {FEDERATION} {own("tag", version)} {QUERY}'
    assert codes(on_argument) == ({"INVALID_GRAPHQL"} if version == "v0.1" else set())
    assert codes(on_schema) == {"INVALID_GRAPHQL"}


@pytest.mark.parametrize(
    "link",
    [
        own("tag", "v0.3", ', import: ["@tga"]'),
        own("requiresScopes", "v0.1", ', import: ["@requiresScopes", "Nope"]'),
        own("link", "v1.0", ', import: ["@tag"]'),
        own("link", "v1.1"),
    ],
)
def test_imports_and_versions_are_checked_in_every_known_feature(link: str) -> None:
    assert codes(schema(FEDERATION, link)) == {"INVALID_LINK_DIRECTIVE_USAGE"}


def test_what_federation_itself_brings_in_is_not_linked_without_it() -> None:
    assert codes(schema(LINK, own("tag", "v0.3"))) == {"INVALID_LINK_DIRECTIVE_USAGE"}
    assert codes(schema(LINK, own("tag", "v0.3", ', as: "label"'))) == set()
    assert codes(schema(LINK, own("cost", "v0.1"))) == set()


def test_a_name_with_a_dash_cannot_begin_others() -> None:
    assert codes(schema(FEDERATION, own("tag", "v0.3", ', as: "my-tag"'))) == {"INVALID_GRAPHQL"}
    assert codes(schema(FEDERATION, '@link(url: "https://x.dev/my-tag/v1.0")')) == set()


def test_a_link_can_be_named_without_quotes() -> None:
    link = '@link(url: "https://specs.apollo.dev/federation/v2.9", as: fed)'
    assert codes(schema(link) + ' type T @fed__key(fields: "id") { id: ID }') == set()


def test_core_is_a_feature_like_others_beside_federation() -> None:
    assert codes(schema(FEDERATION, own("core", "v0.2"))) == set()


def test_an_implicit_upgrade_is_told_also_of_federation_1() -> None:
    composition = compose({"a": schema(LINK, own("cost", "v0.1"), field="@cost(weight: 1)")})
    assert [hint.code.value for hint in composition.hints] == ["IMPLICITLY_UPGRADED_FEDERATION_VERSION"]


def test_the_imported_name_counts_where_a_directive_has_two() -> None:
    link = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])'
    composition = compose({"a": schema(link, own("tag", "v0.3", ', as: "label"'), field='@tag(name: "t")')})
    assert composition.supergraph is not None
    assert composition.supergraph.directive_name("tag", "tag") == "tag"


def test_the_scalars_of_own_features_are_merged() -> None:
    composition = compose({"a": schema(FEDERATION, own("requiresScopes", "v0.1", ', as: "s"'))})
    assert composition.supergraph is not None
    assert "s__Scope" in composition.supergraph.joins


@pytest.mark.parametrize("name", ["federation__T", "link__T"])
@pytest.mark.parametrize("version", ["", FEDERATION])
def test_names_below_those_of_linked_features_are_not_merged(name: str, version: str) -> None:
    head = f"extend schema {version}" if version else ""
    composition = compose({"a": f"{head} type {name} {{ x: Int }} {QUERY}"})
    assert composition.supergraph is not None
    assert list(composition.supergraph.joins) == ["Query"]


@pytest.mark.parametrize("definition", ["enum join__Graph { A }", "directive @join__d on FIELD"])
def test_names_that_the_supergraph_needs_are_refused(definition: str) -> None:
    assert codes(f"extend schema {FEDERATION} {definition} {QUERY}") == {"INVALID_GRAPHQL"}


@pytest.mark.parametrize(
    "element",
    ['scalar _Any @tag(name: "t")', 'scalar Int @tag(name: "t")', 'scalar federation__FieldSet @tag(name: "t")'],
)
def test_a_directive_on_machinery_is_linked(element: str) -> None:
    link = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])'
    composition = compose({"a": f"extend schema {link} {element} {QUERY}"})
    assert composition.supergraph is not None
    assert [feature.name for feature in composition.supergraph.features if feature.name == "tag"] == ["tag"]
