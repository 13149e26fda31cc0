"""What a rule does at a node is known of its class."""

from typing import Any

import pytest
from graphql import TypeInfo, build_schema
from graphql.language import parse
from graphql.language.ast import QUERY_DOCUMENT_KEYS

from router.operation import validation
from router.operation.rule_visitor import _Context, _method

SCHEMA = build_schema("type Query { a: Int }")


@pytest.mark.parametrize("rule", [*validation._RULES, validation.NoIntrospectionRule], ids=lambda rule: rule.__name__)
def test_a_rule_has_no_methods_that_its_class_has_not(rule: Any) -> None:
    made = rule(_Context(SCHEMA, parse("{ a }"), TypeInfo(SCHEMA), lambda error: None, False, False))
    for kind in QUERY_DOCUMENT_KEYS:
        wanted = made.get_enter_leave_for_kind(kind)
        for when, step in (("enter", wanted.enter), ("leave", wanted.leave)):
            name = _method(rule, when, kind)
            assert (None if name is None else getattr(made, name)) == step
