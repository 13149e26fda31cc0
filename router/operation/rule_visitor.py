"""Runs validation rules over a document: what ``graphql.validate`` does, with less work at each node.

Enters: a schema, a document, rules. Leaves: errors, ``limit`` at the most and then one that says so. Invariant: each
rule sees the nodes that it asks for, in document order, with the same types as in graphql-core. Three things are
spared: names aren't visited, since no rule is about them alone; a node's kind decides once which rules want it; and a
document's variables are looked for without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, TypeInfo, ValidationContext, ValidationRule
from graphql.language import BREAK, SKIP, Node, Visitor, VisitorAction, ast, visit
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.visitor import EnterLeaveVisitor
from graphql.pyutils import RefMap
from graphql.validation.validate import ValidationAbortedError
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

#: What is visited below each kind of node: no names, no descriptions.
_KEYS: Final = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}

_Step = Callable[..., VisitorAction | None]


class _Enough(Exception):
    """The limit of errors is reached."""


def run_rules(
    schema: GraphQLSchema,
    document: ast.DocumentNode,
    rules: Sequence[type[ValidationRule]],
    *,
    limit: int,
    hide_suggestions: bool,
    hasty: bool = False,
) -> list[GraphQLError]:
    """Return what the rules find. The schema has to be valid. With ``hasty``, look for no error after the last one."""
    errors: list[GraphQLError] = []

    def report(error: GraphQLError) -> None:
        if len(errors) >= limit:
            raise _Enough
        errors.append(error)
        if hasty and len(errors) == limit:
            raise _Enough

    types = TypeInfo(schema)
    context = _Context(schema, document, types, report, hide_suggestions, False)
    try:
        visit(document, _RuleVisitor(types, [rule(context) for rule in rules]), _KEYS)
    except _Enough:
        errors.append(GraphQLError("Too many validation errors, error limit reached. Validation aborted."))
    except ValidationAbortedError as error:
        errors.append(GraphQLError(error.message))
    except RecursionError:
        errors.append(GraphQLError("The document is nested too deeply."))
    return errors


class _Context(ValidationContext):
    """Knows nodes by identity: graphql-core goes by equality, whose hash is of all that is below a node."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._fragment_spreads: Any = RefMap()
        self._variable_usages: Any = RefMap()
        self._recursive_variable_usages: Any = RefMap()

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        """Return the variables that an operation or a fragment uses itself, each definition looked through once."""
        found: list[VariableUsage] | None = self._variable_usages.get(node)
        if found is None:
            fragment = node if isinstance(node, ast.FragmentDefinitionNode) else None
            usages = VariableUsageVisitor(self._type_info, fragment)
            visit(node, _RuleVisitor(self._type_info, [usages]), _KEYS)
            found = self._variable_usages[node] = usages.usages
        return found


@cache
def _method(rule: Any, when: str, kind: str) -> str | None:
    """Return the name of what a class of rules does at nodes of a kind (``when``: enter, leave), if anything."""
    return next((name for name in (f"{when}_{kind}", when) if hasattr(rule, name)), None)


class _RuleVisitor(Visitor):
    """Keeps the type information current, and calls of the rules those that have something to do at a node."""

    def __init__(self, types: TypeInfo, rules: Sequence[Visitor]) -> None:
        super().__init__()
        self._types = types
        #: Each with its class, of which it is known what it does at which kind of node.
        self._rules: list[tuple[Visitor, Any]] = [(rule, type(rule)) for rule in rules]
        #: By rule: the node below which it wants to see nothing, or ``BREAK`` if it is done.
        self._skipping: list[Any] = [None] * len(rules)

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """Return what to call at nodes of a kind."""
        found = self.enter_leave_map.get(kind)
        if found is None:
            found = self.enter_leave_map[kind] = EnterLeaveVisitor(self._enter(kind), self._leave(kind))
        return found

    def _enter(self, kind: str) -> _Step | None:
        learn = getattr(self._types, f"enter_{kind}", None)
        skipping = self._skipping
        wanted = [
            (index, getattr(rule, name))
            for index, (rule, made_as) in enumerate(self._rules)
            if (name := _method(made_as, "enter", kind)) is not None
        ]
        if not wanted:
            return None if learn is None else lambda node, *_args: learn(node)

        def enter(node: Node, *args: Any) -> None:
            if learn is not None:
                learn(node)
            for index, step in wanted:
                if skipping[index] is None:
                    action = step(node, *args)
                    if action is SKIP:
                        skipping[index] = node
                    elif action is BREAK:
                        skipping[index] = BREAK

        return enter

    def _leave(self, kind: str) -> _Step | None:
        forget = getattr(self._types, f"leave_{kind}", None)
        skipping = self._skipping
        wanted: list[tuple[int, _Step | None]] = []
        for index, (rule, made_as) in enumerate(self._rules):
            name = _method(made_as, "leave", kind)
            if name is not None or _method(made_as, "enter", kind) is not None:
                wanted.append((index, None if name is None else getattr(rule, name)))

        def leave(node: Node, *args: Any) -> None:
            for index, step in wanted:
                if skipping[index] is None:
                    if step is not None and step(node, *args) is BREAK:
                        skipping[index] = BREAK
                elif skipping[index] is node:
                    skipping[index] = None
            if forget is not None:
                forget()

        if wanted:
            return leave
        return None if forget is None else lambda *_args: forget()
