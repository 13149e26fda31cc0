"""Header rules: what passes to subgraphs and back, and what never does."""

from typing import Any

import pytest

from router.config.header_rules import Headers
from router.config.load import SettingsSources, load_settings
from router.server.header_rules import NEVER_FORWARDED, RequestHeaderRules, ResponseHeaderRules


def headers(text: str) -> Headers:
    return load_settings(SettingsSources(f"headers: {text}")).headers


def forwarded(text: str, received: dict[str, str], subgraph: str = "users", own: Any = ()) -> dict[str, str]:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in received.items()]
    return dict(RequestHeaderRules(headers(text), own).for_client(raw)(subgraph))


EVERYTHING = "{all: {request: [{propagate: {matching: '.*'}}]}}"


def test_nothing_passes_by_default() -> None:
    assert not RequestHeaderRules(headers("{}")).active
    assert forwarded("{}", {"authorization": "Bearer x", "cookie": "a=b", "x-a": "1"}) == {}


def test_a_verified_token_passes() -> None:
    assert forwarded("{}", {"authorization": "Bearer x", "x-a": "1"}, own=["Authorization"]) == {
        "authorization": "Bearer x"
    }


def test_a_rule_can_take_the_token_away() -> None:
    rules = "{subgraphs: {users: {request: [{remove: {named: Authorization}}]}}}"
    assert forwarded(rules, {"authorization": "Bearer x"}, own=["authorization"]) == {}
    assert forwarded(rules, {"authorization": "Bearer x"}, "courses", ["authorization"]) == {
        "authorization": "Bearer x"
    }


def test_the_address_goes_to_those_that_are_told_in_place_of_any_other() -> None:
    rules = RequestHeaderRules(headers(EVERYTHING[:-1] + ", subgraphs: {users: {client_address: true}}}"))
    headers_for = rules.for_client([(b"x-forwarded-for", b"6.6.6.6"), (b"x-a", b"1")], "203.0.113.1")
    assert dict(headers_for("users")) == {"x-a": "1", "x-forwarded-for": "203.0.113.1"}
    assert dict(headers_for("courses")) == {"x-a": "1", "x-forwarded-for": "6.6.6.6"}
    unknown = rules.for_client([(b"x-forwarded-for", b"6.6.6.6")], None)
    assert dict(unknown("users")) == {}
    to_all = RequestHeaderRules(headers("{all: {client_address: true}}"))
    assert to_all.active
    assert dict(to_all.for_client([], "203.0.113.1")("courses")) == {"x-forwarded-for": "203.0.113.1"}


def test_rules_apply_in_order() -> None:
    rules = """{all: {request: [
      {propagate: {named: X-Tenant, rename: x-org, default: none}}, {propagate: {matching: 'x-trace-.*'}},
      {insert: {name: X-Gateway, value: router}}, {remove: {named: x-trace-secret}}, {propagate: {named: x-missing}}]},
      subgraphs: {users: {request: [{insert: {name: x-gateway, value: users}}]}}}"""
    received = {"x-trace-id": "1", "x-trace-secret": "2", "other": "3"}
    assert forwarded(rules, received) == {"x-org": "none", "x-trace-id": "1", "x-gateway": "users"}
    assert forwarded(rules, {"x-tenant": "t"}, "courses") == {"x-org": "t", "x-gateway": "router"}


@pytest.mark.parametrize("name", sorted(NEVER_FORWARDED))
def test_hop_by_hop_headers_never_pass(name: str) -> None:
    named = f"{{all: {{request: [{{propagate: {{named: {name}}}}}, {{insert: {{name: {name}, value: x}}}}]}}}}"
    assert forwarded(named, {name: "v"}) == {}
    assert forwarded(EVERYTHING, {name: "v", "x-a": "1"}) == {"x-a": "1"}
    renamed = f"{{all: {{request: [{{propagate: {{named: x-a, rename: {name}}}}}]}}}}"
    assert forwarded(renamed, {"x-a": "v"}) == {}


def test_what_connection_names_never_passes() -> None:
    received = {"connection": "keep-alive, X-Secret , x-other", "x-secret": "1", "x-other": "2", "x-a": "3"}
    assert forwarded(EVERYTHING, received) == {"x-a": "3"}


@pytest.mark.parametrize("value", ["a\r\nhost: evil", "a\nb", "a\rb", "a\0b"])
def test_a_value_with_a_line_break_never_passes(value: str) -> None:
    assert forwarded(EVERYTHING, {"x-a": value, "x-b": "1"}) == {"x-b": "1"}


def test_repeated_headers_are_joined() -> None:
    raw = [(b"x-a", b"1"), (b"X-A", b"2")]
    assert dict(RequestHeaderRules(headers(EVERYTHING)).for_client(raw)("users")) == {"x-a": "1, 2"}


RESPONSE = """{all: {response: [
  {propagate: {named: X-Cost}}, {propagate: {named: x-region, rename: x-from, default: eu}}]},
  subgraphs: {courses: {response: [{propagate: {matching: 'x-c-.*'}}]}}}"""


def test_headers_of_answers() -> None:
    rules = ResponseHeaderRules(headers(RESPONSE))
    answers = [("users", {"x-cost": "1", "x-c-a": "no"}), ("courses", {"x-cost": "2", "x-c-b": "yes"})]
    assert dict(rules.apply(answers)) == {b"x-cost": b"2", b"x-from": b"eu", b"x-c-b": b"yes"}


def test_an_answer_cannot_set_what_is_the_routers() -> None:
    rules = ResponseHeaderRules(headers("{all: {response: [{propagate: {matching: '.*'}}]}}"))
    answer = {
        "content-length": "5",
        "access-control-allow-origin": "*",
        "transfer-encoding": "x",
        "x": "a\r\nb",
        "y": "1",
    }
    assert dict(rules.apply([("users", answer)])) == {b"y": b"1"}
