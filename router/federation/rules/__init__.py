"""The federation rules that a subgraph keeps by itself, in the order in which they run.

Enters: a subgraph in Federation 2 terms. Leaves: the subgraph, with ``@external`` only where it means something, and
findings. Invariant: every rule of :data:`RULES` runs, whatever the earlier ones found, so that all that is wrong is
told at once; only a ``@provides`` where nothing can be provided keeps them from running.
"""

from collections.abc import Callable

from router.federation.facts import Facts, work_out_facts
from router.federation.findings import Findings
from router.federation.rules.access_not_on_interfaces import access_not_on_interfaces
from router.federation.rules.contexts import contexts_are_sound
from router.federation.rules.costs import costs_are_sound
from router.federation.rules.externals import externals_are_used, externals_not_on_interfaces
from router.federation.rules.interface_keys import interface_keys_are_implemented
from router.federation.rules.interface_objects import interface_objects_have_keys
from router.federation.rules.keys import keys_are_valid
from router.federation.rules.list_sizes import list_sizes_are_sound
from router.federation.rules.provides import provides_are_valid, provides_on_resolved_composites
from router.federation.rules.requires import requires_are_valid
from router.federation.rules.shareable import shareable_where_resolved
from router.federation.subgraph import Subgraph

Rule = Callable[[Facts, Findings], None]

RULES: tuple[Rule, ...] = (
    keys_are_valid,
    requires_are_valid,
    provides_are_valid,
    contexts_are_sound,
    externals_not_on_interfaces,
    externals_are_used,
    interface_keys_are_implemented,
    interface_objects_have_keys,
    shareable_where_resolved,
    access_not_on_interfaces,
    costs_are_sound,
    list_sizes_are_sound,
)


def check_subgraph(subgraph: Subgraph, findings: Findings) -> Subgraph:
    """Run all rules, and return the subgraph without the externals that mean nothing."""
    facts = work_out_facts(subgraph)
    nonsensical = Findings(subgraph.name, subgraph.sdl)
    provides_on_resolved_composites(facts, nonsensical)
    if nonsensical.errors:
        # The reference composer stops there, and forgets what it found before.
        findings.errors[:] = nonsensical.errors
        return facts.subgraph
    for rule in RULES:
        rule(facts, findings)
    return facts.subgraph
