"""Every error that the router raises on purpose, as one tree.

    RouterError                     exit code 3 unless a subclass says otherwise
    ├── InputError                  the input is at fault (exit code 1)
    │   ├── ConfigurationError      supergraph.yaml, router.yaml, environment
    │   ├── CompositionFailed       subgraphs that do not compose; carries CompositionErrors
    │   ├── InvalidSupergraph       a supergraph document that cannot be served
    │   ├── OperationError          a client operation that cannot be run; carries GraphQL errors
    │   └── InvalidPlan             a stored query plan that cannot be loaded
    └── PlanningError               no plan was found; a code says why
        ├── PlanningBudgetExceeded  QUERY_PLAN_COMPLEXITY_EXCEEDED: too many paths, or the deadline passed
        └── UnplannableField        a field that no subgraph can answer from where it stands

Messages are for people: what is wrong, where (coordinate, subgraph, file and line), and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from graphql import GraphQLError


class RouterError(Exception):
    """Base of all errors raised by this package. ``exit_code`` is what the command line returns."""

    exit_code = 3


class InputError(RouterError):
    """The input is at fault; the message names the place and the remedy."""

    exit_code = 1


class ConfigurationError(InputError):
    """A setting is missing, unknown or malformed."""


class Finding(Protocol):
    """What composition found wrong (:class:`router.federation.errors.CompositionError`)."""

    @property
    def message(self) -> str: ...


class CompositionFailed(InputError):
    """Subgraphs do not compose. ``errors`` are the findings, each with ``code``, ``message`` and places."""

    def __init__(self, errors: Sequence[Finding]) -> None:
        super().__init__("\n".join(error.message for error in errors))
        self.errors = tuple(errors)


class InvalidSupergraph(InputError):
    """A supergraph document does not follow the join specification, or uses an unsupported feature."""


class InvalidPlan(InputError):
    """A stored query plan is malformed, or was made for another supergraph."""


class OperationError(InputError):
    """A client operation cannot be run. ``errors`` has at least one GraphQL error with a location."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


class PlanningError(RouterError):
    """No plan could be made for a valid operation. ``code`` goes to ``extensions.code``."""

    code = "QUERY_PLANNING_FAILED"


class PlanningBudgetExceeded(PlanningError):
    """Planning would cost more than allowed (paths considered, or time); the operation is refused."""

    code = "QUERY_PLAN_COMPLEXITY_EXCEEDED"


class UnplannableField(PlanningError):
    """A field of a valid operation cannot be reached; the supergraph is not satisfiable there."""
