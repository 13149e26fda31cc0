"""Validation of a client's document (GraphQL specification, section 5) by graphql-core's rules.

One rule is this project's own, for its cost: overlapping fields. Suggestions are left out where the schema is to stay
unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, ValidationRule, specified_rules
from graphql.language import ast
from graphql.validation import OverlappingFieldsCanBeMergedRule

from router.errors import OperationError
from router.operation.overlapping_fields import OverlappingFieldsRule
from router.operation.parsing import parse
from router.operation.rule_visitor import run_rules

#: Errors that are listed for one document before the rest is left out.
MAX_ERRORS: Final = 50

#: Characters that may be read again to find the lines of errors: one at two places reads all that stands before.
_READ_FOR_ERRORS: Final = 1_000_000


class ReservedResponseNameRule(ValidationRule):
    """No alias may be called ``__typename``: names with two underscores are the specification's (section 2.1.9)."""

    def enter_field(self, node: ast.FieldNode, *_args: Any) -> None:
        """Check one field."""
        if node.alias is not None and node.alias.value == "__typename" and node.name.value != "__typename":
            self.report_error(GraphQLError("The alias '__typename' is reserved.", node))


class NoIntrospectionRule(ValidationRule):
    """Refuses ``__schema`` and ``__type``."""

    def enter_field(self, node: ast.FieldNode, *_args: Any) -> None:
        """Check one field."""
        if node.name.value in ("__schema", "__type"):
            message = "Introspection is turned off."
            self.report_error(GraphQLError(message, node, extensions={"code": "INTROSPECTION_DISABLED"}))


_RULES: Final = (
    *(OverlappingFieldsRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    ReservedResponseNameRule,
)

#: Rules, by name, that find nothing in a document without this text; most documents lack one or another.
_ABOUT: Final = {
    "DeferStreamDirectiveLabel": "@",
    "DeferStreamDirectiveOnRootField": "@",
    "DeferStreamDirectiveOnValidOperationsRule": "@",
    "KnownArgumentNamesRule": "(",
    "KnownDirectivesRule": "@",
    "NoFragmentCyclesRule": "fragment",
    "NoUndefinedVariablesRule": "$",
    "NoUnusedFragmentsRule": "fragment",
    "NoUnusedVariablesRule": "$",
    "SingleFieldSubscriptionsRule": "subscription",
    "StreamDirectiveOnListField": "@",
    "UniqueArgumentNamesRule": "(",
    "UniqueDirectivesPerLocationRule": "@",
    "UniqueFragmentNamesRule": "fragment",
    "UniqueInputFieldNamesRule": "(",
    "UniqueVariableNamesRule": "$",
    "ValuesOfCorrectTypeRule": "(",
    "VariablesAreInputTypesRule": "$",
    "VariablesInAllowedPositionRule": "$",
}


def parse_document(text: str) -> ast.DocumentNode:
    """Parse a document. Raises :class:`OperationError` with ``GRAPHQL_PARSE_FAILED``."""
    try:
        return parse(text)
    except GraphQLError as error:
        raise OperationError([with_code(error, "GRAPHQL_PARSE_FAILED")]) from None


def validate_document(schema: GraphQLSchema, document: ast.DocumentNode, introspection: bool) -> Sequence[GraphQLError]:
    """Return what is wrong with a document, with ``GRAPHQL_VALIDATION_FAILED`` as the code of each.

    Without ``introspection`` it is refused, and messages suggest no names of the schema.
    """
    text = document.loc.source.body if document.loc is not None else None
    chosen = [rule for rule in _RULES if text is None or _ABOUT.get(rule.__name__, "") in text]
    if not introspection:
        chosen.insert(0, NoIntrospectionRule)
    limit = max(1, _READ_FOR_ERRORS // max(1, len(text or "")))
    errors = run_rules(
        schema,
        document,
        chosen,
        limit=min(limit, MAX_ERRORS),
        hide_suggestions=not introspection,
        hasty=limit < MAX_ERRORS,
    )
    return [with_code(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """Give the error a code, unless it has one, and return it."""
    # In place: an error that is made anew looks for its lines anew.
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
