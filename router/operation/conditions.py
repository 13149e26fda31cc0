"""``@skip``, ``@include`` and ``@defer`` of AST nodes as data; constant ones are resolved.

Invariant: a tuple of conditions is sorted, without duplicates and without contradiction, so that equal conditions are
equal tuples.
"""

from __future__ import annotations

from graphql.language import ast

from router.operation.model import Condition, Defer
from router.type_system.values import Value, read_value

Conditions = tuple[Condition, ...]
Directives = tuple[tuple[str, tuple[tuple[str, Value], ...]], ...]


def add_conditions(conditions: Conditions, directives: tuple[ast.DirectiveNode, ...]) -> Conditions | None:
    """Add what ``@skip`` and ``@include`` say to ``conditions``; ``None`` where they are never met."""
    added = list(conditions)
    for directive in directives:
        name = directive.name.value
        if name not in ("skip", "include"):
            continue
        value = _argument(directive, "if")
        negated = name == "skip"
        if isinstance(value, ast.VariableNode):
            added.append(Condition(value.name.value, negated))
        elif isinstance(value, ast.BooleanValueNode) and value.value == negated:
            return None
    return combine_conditions(tuple(added))


def combine_conditions(conditions: Conditions) -> Conditions | None:
    """Sort conditions and drop duplicates; ``None`` where two contradict each other."""
    if len(conditions) < 2:
        return conditions
    unique = {(condition.variable, condition.negated): condition for condition in conditions}
    if any((variable, not negated) in unique for variable, negated in unique):
        return None
    return tuple(unique[key] for key in sorted(unique))


def assume(conditions: Conditions, known: Conditions) -> Conditions | None:
    """Drop conditions that hold anyway; ``None`` where one contradicts what is known."""
    if any(Condition(item.variable, not item.negated) in known for item in conditions):
        return None
    return tuple(item for item in conditions if item not in known)


def read_defer(directives: tuple[ast.DirectiveNode, ...]) -> Defer | None:
    """Return the ``@defer`` among directives; ``None`` where there is none or it is off."""
    for directive in directives:
        if directive.name.value != "defer":
            continue
        label, condition = _argument(directive, "label"), _argument(directive, "if")
        if isinstance(condition, ast.BooleanValueNode) and not condition.value:
            return None
        return Defer(
            label=label.value if isinstance(label, ast.StringValueNode) else None,
            condition=condition.name.value if isinstance(condition, ast.VariableNode) else None,
        )
    return None


def read_other_directives(directives: tuple[ast.DirectiveNode, ...]) -> Directives:
    """Return the directives that have no meaning of their own here, with their arguments."""
    return tuple(
        (directive.name.value, tuple((a.name.value, read_value(a.value)) for a in directive.arguments or ()))
        for directive in directives
        if directive.name.value not in ("skip", "include", "defer")
    )


def _argument(directive: ast.DirectiveNode, name: str) -> ast.ValueNode | None:
    for argument in directive.arguments or ():
        if argument.name.value == name:
            return argument.value
    return None
