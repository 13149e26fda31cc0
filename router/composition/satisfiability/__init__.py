"""Satisfiability: every operation that the composed schema allows can be answered by the subgraphs.

Enters: a composed supergraph. Leaves: errors with a concrete operation each, and hints. Invariant: no error means that
whichever way a client reaches a field, the subgraphs that stand ready there can bring it.
"""

from router.composition.satisfiability.check import SatisfiabilityResult, check_satisfiability

__all__ = ["SatisfiabilityResult", "check_satisfiability"]
