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


def test_what_an_unknown_version_of_federation_defines_is_not_known() -> None:
    sdl = schema('url: "https://specs.apollo.dev/federation/v2.99", import: ["@key"]')
    assert codes(sdl) == {"UNKNOWN_FEDERATION_LINK_VERSION"}
    assert codes(sdl + 'type T @key(fields: "a") { a: Int }') == {"UNKNOWN_FEDERATION_LINK_VERSION", "INVALID_GRAPHQL"}


@pytest.mark.parametrize("purpose", ["NOPE", "1"])
def test_a_link_has_a_known_purpose_also_beside_federation(purpose: str) -> None:
    assert codes(schema(f'url: "https://example.com/foo/v1.0", for: {purpose}')) == {"INVALID_GRAPHQL"}
    assert codes(schema('url: "https://example.com/foo/v1.0", for: SECURITY')) == set()


def test_a_link_that_renames_link_defines_nothing_else() -> None:
    assert codes(schema('url: "https://specs.apollo.dev/link/v1.0", as: "linked"')) == {"INVALID_GRAPHQL"}


def test_imported_types_of_link_are_not_the_users() -> None:
    sdl = f"""extend schema {LINK[:-1]}, import: ["Purpose", "Import"]) @link(url: "{FEDERATION}") {QUERY}
      scalar Import enum Purpose {{ SECURITY EXECUTION }}"""
    assert built(sdl).schema.types.keys() == {"Query"}


@pytest.mark.parametrize(
    ("imports", "sdl", "valid"),
    [
        ('"@bar"', "directive @foo__bar on OBJECT type T @foo__bar { a: Int }", False),
        ('"@bar"', "directive @foo__bar on OBJECT", True),
        ('{ name: "@bar", as: "@foo__bar" }', "directive @foo__bar on OBJECT type T @foo__bar { a: Int }", True),
        ('{ name: "@foo", as: "@bar" }', "directive @foo on OBJECT type T @foo { a: Int }", False),
        ('{ name: "@foo", as: "@bar" }', "directive @foo on SCHEMA extend schema @foo", False),
        ('"In"', "input foo__In { a: Int } type T { b(i: foo__In): Int }", False),
        ('"In"', "input foo__In { a: foo__In }", True),
        ('"In"', "input foo__In { a: Int } input I { i: foo__In }", False),
        ('"In"', "input foo__In { a: Int } directive @d(i: foo__In) on FIELD", False),
        ('"In", "@bar"', "input foo__In { a: Int } directive @foo__bar(i: foo__In) on FIELD_DEFINITION", True),
        ('"Out"', "type foo__Out { a: Int } union U = foo__Out", False),
        ('"Out"', "interface foo__Out { a: Int } type T implements foo__Out { a: Int }", False),
        ('"Out"', "type foo__Out { a: Int } type T { o: foo__Out }", False),
    ],
)
def test_what_is_imported_is_not_used_by_its_long_name(imports: str, sdl: str, valid: bool) -> None:
    linking = schema(federation(), f'url: "https://x.dev/foo/v1.0", import: [{imports}]')
    assert codes(linking + sdl) == (set() if valid else {"INVALID_LINK_DIRECTIVE_USAGE"})


_OWN_LINK = f"directive @link(%s) %s on %s scalar link__Import enum link__Purpose {{ SECURITY EXECUTION }} {QUERY}"
_FORMS = (
    ("url: String!, as: String, import: [link__Import]", "repeatable", "SCHEMA", True),
    ("url: String!, import: [String]", "repeatable", "SCHEMA", True),
    ("url: String!, as: String, import: [link__Import]", "repeatable", "SCHEMA | OBJECT", False),
    ("url: [String], as: String", "repeatable", "SCHEMA", False),
    ("url: String!, as: Int", "repeatable", "SCHEMA", False),
    ("feature: String!", "repeatable", "SCHEMA", False),
)


@pytest.mark.parametrize(("arguments", "repeatable", "locations", "good"), _FORMS)
def test_a_definition_of_link_is_checked_where_it_matters(
    arguments: str, repeatable: str, locations: str, good: bool
) -> None:
    own = _OWN_LINK % (arguments, repeatable, locations)
    linking = f'extend schema {LINK} @link(url: "{FEDERATION}")'
    wrong = set() if good else {"DIRECTIVE_DEFINITION_INVALID"}
    assert codes(f"{linking} {own}") == wrong
    # Nothing that federation knows is linked by it, so it may be any directive.
    assert codes(own) == set()
