"""@link: what a schema links, and what it calls it."""

import pytest

from router.federation.links import InvalidIdentifier, split_url
from tests.unit.federation.subgraphs import QUERY, built, codes, linked

FEDERATION = "https://specs.apollo.dev/federation/v2.3"
LINK = '@link(url: "https://specs.apollo.dev/link/v1.0")'


def schema(*links: str) -> str:
    return "extend schema " + " ".join(f"@link({link})" for link in links) + QUERY


def federation(rest: str = "") -> str:
    return f'url: "{FEDERATION}"{rest}'


@pytest.mark.parametrize(
    "sdl",
    [
        schema(federation()),
        schema(federation(', import: ["@key", "@key"]')),
        schema(federation(', import: [{ name: "@key", as: "@primary" }, "FieldSet"]')),
        schema(federation(', as: "fed"')),
        schema(federation(", for: SECURITY")),
        schema(federation(", import: null")),
        schema('url: "https://specs.apollo.dev/federation/v2.15"'),
        schema(federation(), 'url: "https://example.com/foo/bar/v1.0?x#y"'),
        schema(federation(), 'url: "https://example.com/foo/v1.0", import: [{ name: "@bar", as: "@b__r" }]'),
        "extend schema " + LINK + f' @link(url: "{FEDERATION}")' + QUERY,
        'directive @link(url: String!, import: [String]) repeatable on SCHEMA schema @link(url: "'
        + FEDERATION
        + '") { query: Query }'
        + QUERY,
        # Without a link to federation or to @link itself, applications of @link are nothing special.
        schema('url: "not a url"'),
        schema('as: "x"'),
    ],
)
def test_links_that_can_be_read(sdl: str) -> None:
    assert codes(sdl) == set()


@pytest.mark.parametrize(
    "imports",
    [
        '["key"]',
        '["@foo"]',
        '[{ as: "@k" }]',
        '[{ name: "@key", to: "@k" }]',
        "[1]",
        "[null]",
        '"@key"',
        '["Foo"]',
        '[{ name: "@key", as: "k" }]',
        '[{ name: "FieldSet", as: "@k" }]',
        '[{ name: "@key", as: "@k-y" }]',
        '[{ name: "@key", as: "@k" }, { name: "@requires", as: "@k" }]',
        '["@key", { name: "@key", as: "@k" }]',
        '[{ name: "@key", as: "@federation" }]',
        '[{ name: "@key", as: "@federation__requires" }]',
        '[{ name: "@key", as: "@link" }]',
        '["@cost"]',
    ],
)
def test_INVALID_LINK_DIRECTIVE_USAGE_of_an_import(imports: str) -> None:
    assert codes(schema(federation(f", import: {imports}"))) == {"INVALID_LINK_DIRECTIVE_USAGE"}


@pytest.mark.parametrize("name", ["@fed", "f__d", "fed_", "1fed", "", "link"])
def test_INVALID_LINK_DIRECTIVE_USAGE_of_a_name(name: str) -> None:
    assert codes(schema(federation(f', as: "{name}"'))) == {"INVALID_LINK_DIRECTIVE_USAGE"}


@pytest.mark.parametrize(
    "other",
    [
        federation(),
        'url: "https://specs.apollo.dev/federation/v2.0"',
        'url: "https://example.com/federation/v1.0"',
        'url: "https://example.com/foo/v1.0", as: "federation"',
        'url: "https://example.com/foo/v1.0", import: ["@key"]',
        'url: "https://example.com/key/v1.0"',
    ],
)
def test_INVALID_LINK_DIRECTIVE_USAGE_of_two_links(other: str) -> None:
    assert codes(schema(federation(', import: ["@key"]'), other)) == {"INVALID_LINK_DIRECTIVE_USAGE"}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/v1.0",
        "https://example.com/foo/v1",
        "https://example.com/foo/v1.0/",
        "foo",
        "",
        "https://example.com/foo/1.0",
    ],
)
def test_INVALID_LINK_IDENTIFIER(url: str) -> None:
    assert codes(schema(federation(), f'url: "{url}"')) == {"INVALID_LINK_IDENTIFIER"}


@pytest.mark.parametrize("version", ["v0.1", "v1.0", "v2.16", "v3.0"])
def test_UNKNOWN_FEDERATION_LINK_VERSION(version: str) -> None:
    assert codes(schema(f'url: "https://specs.apollo.dev/federation/{version}"')) == {"UNKNOWN_FEDERATION_LINK_VERSION"}


def test_UNKNOWN_LINK_VERSION() -> None:
    assert codes(schema('url: "https://specs.apollo.dev/link/v1.1"')) == {"UNKNOWN_LINK_VERSION"}


def test_a_malformed_link_hides_what_comes_after_it_unless_link_itself_is_linked() -> None:
    bad = f'@link(url: "{FEDERATION}", import: ["@foo"])'
    assert codes(f"extend schema {bad} @bar {QUERY}") == {"INVALID_LINK_DIRECTIVE_USAGE"}
    assert codes(f"extend schema {LINK} {bad} @bar {QUERY}") == {"INVALID_GRAPHQL"}
    assert codes(f"extend schema {LINK} {bad} type Query {{ q: Int @bar }}") == {
        "INVALID_GRAPHQL",
        "INVALID_LINK_DIRECTIVE_USAGE",
    }


def test_features_are_kept_in_order_with_their_local_names() -> None:
    subgraph = built(
        linked("2.3", '{ name: "@key", as: "@id" }', schema='@link(url: "https://example.com/hello/v0.1", as: "hi")')
        + QUERY
    )
    assert [(feature.identity, feature.version, feature.name) for feature in subgraph.features] == [
        ("https://specs.apollo.dev/link", (1, 0), "link"),
        ("https://specs.apollo.dev/federation", (2, 3), "federation"),
        ("https://example.com/hello", (0, 1), "hi"),
    ]
    assert dict(subgraph.features[1].imports) == {"@key": "@id"}
    assert subgraph.version == (2, 3)


def test_a_url_is_split_into_identity_name_and_version() -> None:
    assert split_url("https://Example.com/a/b/v1.20") == ("https://example.com/a/b", "b", (1, 20))
    with pytest.raises(InvalidIdentifier):
        split_url("a/b/v1.0")
