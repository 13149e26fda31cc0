"""A document -> an operation that is ready to run: parsed, checked, normalised and planned.

Everything here is synchronous; :class:`~router.pipeline.pipeline.Pipeline` calls it stage by stage, or as a whole in
another process. Invariant: what :class:`Prepared` holds was found valid against the API schema.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, assert_never

from graphql import GraphQLDeferDirective, GraphQLError, GraphQLSchema, build_schema
from graphql.language import ast, print_ast

from router.errors import InvalidSupergraph, OperationError, PlanningBudgetExceeded
from router.execution.compiled.executor import CompiledPlan
from router.operation.access import Access, AccessRules
from router.operation.duplicates import drop_duplicates
from router.operation.limits import check_limits
from router.operation.model import Operation
from router.operation.normalise import find_operation, normalise
from router.operation.tokens import count_tokens
from router.operation.type_index import TypeIndex
from router.operation.validation import parse_document, validate_document, with_code
from router.pipeline.settings import PipelineSettings
from router.planning.planner import Planner
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    ParallelNode,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
)
from router.query_plan.plan import QueryPlan
from router.query_plan.walk import fetches_of
from router.supergraph.api_schema import api_schema
from router.supergraph.model import Supergraph
from router.type_system.printer import print_schema


class Choice(NamedTuple):
    """What an operation's plan depends on besides its text.

    ``labels`` are the active override labels, ``defer`` tells whether the client takes deferred parts, ``access`` is
    what the caller may do, as far as the supergraph has rules about it.
    """

    labels: frozenset[str] = frozenset()
    defer: bool = False
    access: Access | None = None


class Wanted(NamedTuple):
    """A document and the operation of it that is asked for; equal ones are prepared once."""

    text: str
    operation_name: str | None
    choice: Choice = Choice()


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid operation. ``document`` is kept where introspection has to be answered, else ``None``.

    ``tokens`` tells its size; ``variables`` are graphql-core's nodes, since graphql-core coerces their values.
    """

    operation: Operation
    variables: tuple[ast.VariableDefinitionNode, ...]
    document: ast.DocumentNode | None
    tokens: int


@dataclass(slots=True)
class Use:
    """How often an operation ran, what it was compiled to, and the names of the subgraphs that it asks, in order."""

    count: int = 0
    compiled: CompiledPlan | None = None
    services: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation with its plan. ``incremental``: the plan defers something."""

    checked: Checked
    plan: QueryPlan
    incremental: bool
    use: Use = field(default_factory=Use)


class Preparer:
    """What preparing needs of one supergraph, made once."""

    def __init__(self, supergraph: Supergraph, settings: PipelineSettings) -> None:
        self.settings = settings
        self.api = api_schema(supergraph)
        self.executable = _executable_schema(print_schema(self.api))
        self.types = TypeIndex(self.api)
        self.planner = Planner(supergraph)
        self.rules = AccessRules(supergraph)

    def count(self, text: str) -> int:
        """Return the number of tokens of a document. Raises :class:`OperationError` for one that is too large."""
        settings = self.settings
        if len(text) > settings.max_document_bytes:
            raise refusal(
                "DOCUMENT_TOO_LARGE", f"The document is longer than {settings.max_document_bytes} characters."
            )
        tokens = count_tokens(text, settings.max_tokens)
        if tokens > settings.max_tokens:
            raise refusal("GRAPHQL_PARSE_FAILED", f"The document has more than {settings.max_tokens} tokens.")
        return tokens

    def parse(self, text: str) -> ast.DocumentNode:
        """Parse a document and check the limits on its shape. Raises :class:`OperationError`."""
        document = parse_document(text)
        errors = check_limits(document, self.settings.limits)
        if errors:
            raise OperationError(errors)
        return drop_duplicates(document)

    def validate(self, document: ast.DocumentNode) -> None:
        """Raise :class:`OperationError` for a document that isn't valid."""
        errors = validate_document(self.executable, document, self.settings.introspection)
        if errors:
            raise OperationError(errors)

    def normalise(self, document: ast.DocumentNode, operation_name: str | None, tokens: int) -> Checked:
        """Normalise an operation of a valid document. Raises :class:`OperationError` where it isn't there."""
        try:
            node = find_operation(document, operation_name)
            operation = normalise(document, operation_name, self.types)
        except OperationError as error:
            raise OperationError([with_code(item, "OPERATION_RESOLUTION_FAILURE") for item in error.errors]) from None
        return Checked(
            operation=operation,
            variables=tuple(node.variable_definitions or ()),
            document=document if operation.introspection else None,
            tokens=tokens,
        )

    def prepare(self, wanted: Wanted) -> Prepared:
        """Do all of it. Raises :class:`OperationError` and :class:`~router.errors.PlanningError`."""
        tokens = self.count(wanted.text)
        document = self.parse(wanted.text)
        self.validate(document)
        try:
            checked, allowed = self.authorise(self.normalise(document, wanted.operation_name, tokens), wanted.choice)
            return prepared(checked, self.plan(allowed, wanted.choice.labels, wanted.choice.defer))
        except RecursionError:
            raise PlanningBudgetExceeded("The operation is nested too deeply to be planned.") from None

    def authorise(self, checked: Checked, choice: Choice) -> tuple[Checked, Operation]:
        """Mark what the caller may not see; return the operation to answer, and what of it may be planned."""
        if choice.access is None:
            return checked, checked.operation
        found = self.rules.authorise(checked.operation, choice.access)
        return replace(checked, operation=found.marked), found.allowed

    def plan(
        self, operation: Operation, labels: frozenset[str], defer: bool = True, *, within: float | None = None
    ) -> QueryPlan:
        """Plan an operation, ``within`` seconds if they are less than the settings allow.

        Raises :class:`~router.errors.PlanningError`.
        """
        allowed = self.settings.planning_timeout
        end = time.monotonic() + (allowed if within is None else min(within, allowed))
        return self.planner.plan(
            operation,
            labels,
            should_stop=lambda: time.monotonic() > end,
            budget=self.settings.planning_budget,
            defer=defer,
        )


def prepared(checked: Checked, plan: QueryPlan) -> Prepared:
    """Put an operation and its plan together."""
    return Prepared(checked, plan, incremental=_defers(plan.node))


def _defers(node: PlanNode | None) -> bool:
    match node:
        case None | FetchNode() | SubscriptionNode():
            return False
        case DeferNode():
            return True
        case SequenceNode(nodes) | ParallelNode(nodes):
            return any(_defers(inner) for inner in nodes)
        case ConditionNode(_, if_clause, else_clause):
            return _defers(if_clause) or _defers(else_clause)
        case _:
            assert_never(node)


def estimated_bytes(text: str, item: Prepared) -> int:
    """Guess what an entry of the cache takes, with what it may be compiled to: it goes with what the plan sends."""
    sent = sum(len(fetch.operation) for fetch in fetches_of(item.plan))
    kept = item.checked.tokens if item.checked.document is not None else 0
    return 3_000 + 20 * len(text) + 60 * sent + 500 * kept


def refusal(code: str, message: str, **extensions: Any) -> OperationError:
    """Make the error of a request that isn't run."""
    return OperationError([GraphQLError(message, extensions={"code": code, **extensions})])


def _executable_schema(sdl: str) -> GraphQLSchema:
    try:
        schema = build_schema(sdl, assume_valid=True)
    except TypeError as error:
        # Composers of others let some mistakes pass, such as a type that nothing defines.
        raise InvalidSupergraph(f"the API schema can't be used: {error}") from None
    if schema.get_directive("defer") is not None:
        return schema
    arguments: Mapping[str, Any] = schema.to_kwargs()
    return GraphQLSchema(
        **{**arguments, "directives": (*schema.directives, GraphQLDeferDirective), "assume_valid": True}
    )


def variable_text(nodes: tuple[ast.VariableDefinitionNode, ...]) -> str:
    """Write variable definitions as text, to take them from one process to another."""
    return ", ".join(print_ast(node) for node in nodes)
