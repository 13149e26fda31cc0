"""Access rules: what a caller may not see is marked, and never planned."""

from __future__ import annotations

import pytest
from graphql import parse

from router.composition.compose import compose
from router.operation.access import Access, AccessRules, access_of
from router.operation.model import FieldSelection, Operation, SelectionSet
from router.operation.normalise import normalise
from router.supergraph.api_schema import api_schema

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", '
    '"@authenticated", "@requiresScopes", "@policy", "@shareable"])\n'
)
A = (
    LINK
    + """
interface Person { name: String  salary: Int }
type Staff implements Person @key(fields: "id") {
  id: ID!  name: String  salary: Int @requiresScopes(scopes: [["pay:read"], ["admin"]])
}
type Guest implements Person { name: String  salary: Int  room: Int @policy(policies: [["desk"]]) }
type Vault @authenticated { code: String }
union Any = Guest | Vault
type Query { me: Staff @authenticated  people: [Person]  any: [Any]  vault: Vault  open: String }
"""
)
B = (
    LINK
    + """
type Staff @key(fields: "id") {
  id: ID!
  salary: Int @external
  tax: Int @requires(fields: "salary") @requiresScopes(scopes: [["pay:read"], ["admin"]])
}
"""
)


def setup() -> tuple[AccessRules, object]:
    composition = compose({"a": A, "b": B})
    assert composition.supergraph is not None, [error.message for error in composition.errors]
    return AccessRules(composition.supergraph), api_schema(composition.supergraph)


def denied(selection_set: SelectionSet, path: str = "") -> set[str]:
    found: set[str] = set()
    for selection in selection_set.selections:
        if isinstance(selection, FieldSelection):
            here = f"{path}.{selection.response_name}".removeprefix(".")
            if selection.denied:
                found.add(here)
            elif selection.selection_set is not None:
                found |= denied(selection.selection_set, here)
        else:
            found |= denied(selection.selection_set, f"{path}|{selection.type_condition}")
    return found


def names(operation: Operation) -> list[str]:
    return [s.response_name for s in operation.selection_set.selections if isinstance(s, FieldSelection)]


@pytest.mark.parametrize(
    ("operation", "access", "expected"),
    [
        ("{ me { name } open }", Access(), {"me"}),
        ("{ me { name } open }", Access(True), set()),
        ("{ me { salary } }", Access(True), {"me.salary"}),
        ("{ me { salary } }", Access(True, frozenset({"pay:read"})), set()),
        ("{ me { salary } }", Access(True, frozenset({"admin"})), set()),
        ("{ me { tax } }", Access(True), {"me.tax"}),
        ("{ people { name salary } }", Access(True), {"people.salary"}),
        ("{ people { ... on Guest { salary } ... on Staff { salary } } }", Access(True), {"people|Staff.salary"}),
        ("{ people { ...P } } fragment P on Person { s: salary }", Access(True), {"people.s"}),
        ("{ people { ... on Guest { room } } }", Access(True), {"people|Guest.room"}),
        ("{ people { ... on Guest { room } } }", Access(True, policies=frozenset({"desk"})), set()),
        ("{ vault { code } }", Access(), {"vault"}),
        ("{ any { ... on Vault { code } ... on Guest { name } } }", Access(), {"any|Vault.code"}),
    ],
)
def test_what_is_denied(operation: str, access: Access, expected: set[str]) -> None:
    rules, schema = setup()
    result = rules.authorise(normalise(parse(operation), None, schema), access)
    assert denied(result.marked.selection_set) == expected
    assert not denied(result.allowed.selection_set)


def test_what_is_denied_is_not_planned_and_its_parent_still_is() -> None:
    rules, schema = setup()
    result = rules.authorise(normalise(parse("{ me { salary } open }"), None, schema), Access(True))
    me = result.allowed.selection_set.selections[0]
    assert isinstance(me, FieldSelection)
    assert me.selection_set is not None
    assert [s.response_name for s in me.selection_set.selections if isinstance(s, FieldSelection)] == ["__typename"]
    assert names(result.allowed) == names(result.marked) == ["me", "open"]


def test_an_operation_without_rules_is_the_same_object() -> None:
    rules, schema = setup()
    operation = normalise(parse("{ open }"), None, schema)
    assert rules.authorise(operation, Access()).allowed is operation


def test_only_known_rights_are_part_of_the_key() -> None:
    rules, _ = setup()
    access = Access(True, frozenset({"pay:read", "unknown"}), frozenset({"desk", "other"}))
    assert rules.relevant(access) == Access(True, frozenset({"pay:read"}), frozenset({"desk"}))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (None, Access()),
        ({}, Access(True)),
        ({"scope": "a b"}, Access(True, frozenset({"a", "b"}))),
        ({"scp": ["a", 1], "scopes": "c"}, Access(True, frozenset({"a", "c"}))),
    ],
)
def test_rights_of_claims(claims: dict[str, object] | None, expected: Access) -> None:
    assert access_of(claims) == expected
