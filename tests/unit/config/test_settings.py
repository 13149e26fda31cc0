"""``router.yaml``, environment and command line: precedence, values, mistakes, the schema and the page."""

import json
from pathlib import Path
from typing import Any

import pytest

from router.config.document import KeyPath
from router.config.load import DEV, SettingsSources, load_settings, variable_name
from router.config.problem import InvalidConfiguration
from router.config.reference import setting_keys, settings_page, settings_schema, supergraph_schema
from router.config.settings import Settings
from router.config.unsupported import UNSUPPORTED

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "configuration.md"


def load(
    text: str = "", environment: dict[str, str] | None = None, overrides: dict[KeyPath, Any] | None = None
) -> Settings:
    return load_settings(SettingsSources(text, environment=environment or {}, overrides=overrides or {}))


def problems(text: str = "", environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(InvalidConfiguration) as caught:
        load(text, environment)
    return [str(problem).splitlines()[0] for problem in caught.value.problems]


def test_defaults_are_the_documented_ones() -> None:
    settings = load()
    assert settings.supergraph.listen == "127.0.0.1:4000"
    assert settings.supergraph.path == "/graphql"
    assert not settings.supergraph.introspection
    assert not settings.homepage.enabled
    assert settings.include_subgraph_errors.all.redact_message
    assert settings.traffic_shaping.router.timeout == 30.0
    assert settings.limits.http_max_request_bytes == 2_000_000
    assert settings.limits.parser_max_tokens == 15_000
    assert not settings.batching.enabled


def test_command_line_over_environment_over_file() -> None:
    text = "supergraph: {listen: 'file:1', path: /file, introspection: true}\n"
    environment = {"ROUTER__SUPERGRAPH__LISTEN": "environment:2", "ROUTER__SUPERGRAPH__PATH": "/environment"}
    supergraph = load(text, environment, {("supergraph", "listen"): "command:3"}).supergraph
    assert (supergraph.listen, supergraph.path, supergraph.introspection) == ("command:3", "/environment", True)


def test_dev_turns_on_what_helps() -> None:
    settings = load("supergraph: {introspection: false}", overrides=dict(DEV))
    assert settings.supergraph.introspection
    assert not settings.include_subgraph_errors.all.redact_message
    assert settings.homepage.enabled


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("ROUTER__SUPERGRAPH__INTROSPECTION", "true", "supergraph.introspection", True),
        ("ROUTER__CORS__ORIGINS", '["https://a.example"]', "cors.origins", ("https://a.example",)),
        ("ROUTER__CORS", '{"max_age": "1m"}', "cors.max_age", 60.0),
        ("ROUTER__OVERRIDE_SUBGRAPH_URL__USERS", "http://u:1/", "override_subgraph_url", {"users": "http://u:1/"}),
        ("ROUTER__TRAFFIC_SHAPING__ALL__TIMEOUT", "250ms", "traffic_shaping.all.timeout", 0.25),
        ("ROUTER__LIMITS__HTTP_MAX_REQUEST_BYTES", "1MiB", "limits.http_max_request_bytes", 1_048_576),
    ],
)
def test_environment_variables(name: str, text: str, key: str, value: object) -> None:
    found: Any = load(environment={name: text, "ROUTER_DEV": "not a setting"})
    for step in key.split("."):
        found = getattr(found, step)
    assert found == value


def test_a_secret_of_the_environment_fills_a_value() -> None:
    text = "headers: {all: {request: [{insert: {name: x-key, value: '${env.KEY}'}}]}}"
    rule = load(text, {"KEY": "k3y"}).headers.all.request[0]
    assert rule.insert is not None
    assert rule.insert.value == "k3y"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("supergraph:\n  lisen: a\n", 'router.yaml:2:3: supergraph.lisen: unknown key; did you mean "listen"?'),
        ("plugins: {}\n", "router.yaml:1:1: plugins: not supported yet; remove it"),
        ("traffic_shaping: {subgraphs: {users: {compression: gzip}}}", "compression: not supported yet"),
        ("authentication: {router: {jwt: {jwks: [{url: 'http://a', poll: 1}]}}}", "write poll_interval"),
        ("supergraph: {introspection: maybe}", "true or false is expected, not 'maybe'"),
        ("supergraph: {listen: 4000}", '"4000" is not an address; write HOST:PORT, such as 127.0.0.1:4000'),
        ("supergraph: {listen: 'localhost'}", "write HOST:PORT, such as 127.0.0.1:4000"),
        ("supergraph: {listen: '::1:4000'}", "is not an address"),
        ("supergraph: {path: graphql}", "is not a path; write it as /graphql"),
        ("traffic_shaping: {all: {timeout: soon}}", '"soon" is not a time; write it as 500ms, 30s or 1m'),
        ("traffic_shaping: {all: {timeout: -1}}", "is not a time"),
        ("limits: {http_max_request_bytes: 2 mb}", "is not a size"),
        ("limits: {parser_max_tokens: 0}", "1 or more is expected, not 0"),
        ("cors: {allow_any_origin: true, allow_credentials: true}", "let every site act as the user; list the origins"),
        ("cors: {origins: ['*']}", "is not an origin"),
        ("cors: {origins: ['https://a.example/']}", "is not an origin"),
        ("cors: {match_origins: ['(']}", "is not a regular expression"),
        ("headers: {all: {request: [{}]}}", "give exactly one of propagate, insert and remove"),
        ("headers: {all: {request: [{propagate: {}}]}}", "give either named or matching"),
        ("headers: {all: {request: [{propagate: {matching: x, rename: y}}]}}", "rename and default need named"),
        (
            'headers: {all: {request: [{insert: {name: a, value: "b\\r\\nc: d"}}]}}',
            "headers.all.request[0].insert.value",
        ),
        ("authentication: {router: {jwt: {jwks: [{url: 'http://a', algorithms: [none]}]}}}", "algorithms[0]"),
        ("authentication: {router: {jwt: {jwks: []}}}", "at least 1"),
        ("- a", "a mapping of settings is expected"),
        (
            "override_subgraph_url: {a: 'http://me:pw@b/'}",
            "an address without user and password is expected; send them",
        ),
        ("telemetry: {exporters: {logging: {stdout: {format: xml}}}}", "'text' or 'json' is expected, not 'xml'"),
        ("supergraph: {path: /health}", "supergraph.path and health_check.path are both /health; give each a path of"),
        ("health_check: {path: /}\nhomepage: {enabled: true}", "health_check.path and the page are both /"),
        ("subgraphs: {}\nfederation_version: 2", "this looks like a supergraph.yaml; give that with --config"),
    ],
)
def test_a_mistake_names_place_key_and_remedy(text: str, line: str) -> None:
    found = problems(text)
    assert len(found) == 1, found
    assert line in found[0]


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    assert problems(environment={"ROUTER__SUPERGRAPH__LISTEM": "x"}) == [
        'environment variable ROUTER__SUPERGRAPH__LISTEM: supergraph.listem: unknown key; did you mean "listen"?'
    ]
    assert problems(environment={"ROUTER__LIMIT__MAX_DEPTH": "3"}) == [
        'environment variable ROUTER__LIMIT__MAX_DEPTH: limit: unknown key; did you mean "limits"?'
    ]
    assert problems("supergraph: {introspection: true}", {"ROUTER__SUPERGRAPH__INTROSPECTION": "x"}) == [
        "environment variable ROUTER__SUPERGRAPH__INTROSPECTION: supergraph.introspection: "
        "true or false is expected, not 'x'"
    ]


def test_no_key_works_and_is_unsupported_at_once() -> None:
    working = {key.replace("[]", "").replace(".NAME", ".*") for key in setting_keys(settings_schema())}
    for pattern in UNSUPPORTED:
        assert not any(key == pattern or key.startswith(pattern + ".") for key in working), pattern


@pytest.mark.parametrize("pattern", UNSUPPORTED)
def test_every_unsupported_key_says_so(pattern: str) -> None:
    # A list of mappings stands where the schema has one, with what else it must have.
    lists: dict[str, dict[str, Any]] = {"jwks": {"url": "http://a"}, "request": {}}
    value: Any = {}
    for step in reversed(pattern.replace("*", "users").split(".")):
        value = {step: [{**lists[step], **value}] if step in lists else value}
    assert any("not supported yet" in problem for problem in problems(json.dumps(value)))


def test_schemas_describe_every_key() -> None:
    for schema in (settings_schema(), supergraph_schema()):
        for name, section in {"": schema, **schema["$defs"]}.items():
            for key, node in section.get("properties", {}).items():
                described = node if "$ref" not in node else {**schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], **node}
                assert described.get("description"), f"{name}.{key} has no description"
            assert section.get("additionalProperties") is False


def test_the_documentation_is_the_settings() -> None:
    assert DOCUMENTATION.read_text(encoding="utf-8") == settings_page(), (
        "stale; write it anew: router config schema --format markdown > docs/configuration.md"
    )


def test_variable_names() -> None:
    assert variable_name(("supergraph", "listen")) == "ROUTER__SUPERGRAPH__LISTEN"


@pytest.mark.parametrize(
    ("text", "redacted", "keys"),
    [
        ("true", False, None),
        ("false", True, ()),
        ("{allow_extensions_keys: [code]}", True, ("code",)),
        ("{redact_message: false}", False, ()),
    ],
)
def test_what_is_shown_of_subgraph_errors(text: str, redacted: bool, keys: tuple[str, ...] | None) -> None:
    settings = load(f"include_subgraph_errors: {{all: {text}, subgraphs: {{users: {text}}}}}").include_subgraph_errors
    for shown in (settings.all, settings.subgraphs["users"]):
        assert (shown.redact_message, shown.allow_extensions_keys) == (redacted, keys)


def test_a_mistake_in_what_is_shown() -> None:
    found = problems("include_subgraph_errors: {all: {redact_mesage: true}}")
    assert 'did you mean "redact_message"?' in found[0]
    assert len(problems("include_subgraph_errors: {all: maybe}")) == 1


SIGNED = "authentication: {subgraph: {all: {hmac: {secrets: %s}}}}"
LONG = "k" * 40


def secrets_of(settings: Settings) -> list[str]:
    hmac = settings.authentication.subgraph.all.hmac
    assert hmac is not None
    return [secret.get_secret_value() for secret in hmac.secrets]


@pytest.mark.parametrize("text", [f"[{LONG}]", LONG, "'${env.S}'", "['${env.S}']"])
def test_signature_secrets_come_as_a_list_or_with_commas(text: str) -> None:
    assert secrets_of(load(SIGNED % text, {"S": LONG})) == [LONG]
    variable = variable_name(("authentication", "subgraph", "all", "hmac", "secrets"))
    assert secrets_of(load(environment={variable: f"{LONG}, {'o' * 32}"})) == [LONG, "o" * 32]


def test_no_secret_shows_anywhere() -> None:
    settings = load(SIGNED % LONG)
    shown = repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert LONG not in shown


@pytest.mark.parametrize(
    "text", ["tooshort7", "[tooshort7]", "[[tooshort7]]", "{tooshort7: 1}", "[7777777]", "7777777"]
)
def test_a_bad_secret_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        load(SIGNED % text)
    assert "secrets" in str(caught.value)
    assert "tooshort7" not in str(caught.value).replace("unknown key", "")
    assert "7777777" not in str(caught.value)


def test_a_header_value_that_was_filled_in_is_not_told() -> None:
    text = "headers: {all: {request: [{insert: {name: x-key, value: '${env.KEY}'}}]}}"
    (problem,) = problems(text, {"KEY": "s3cret\nwith a break"})
    assert "s3cret" not in problem


@pytest.mark.parametrize(("text", "says"), [("10.0.0.0/33", "is not a network"), ("10.0.0.1/8", "is not a network")])
def test_a_network_is_checked(text: str, says: str) -> None:
    (problem,) = problems(f"headers: {{trusted_proxies: ['{text}']}}")
    assert says in problem
