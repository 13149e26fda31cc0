"""One set of subgraphs -> a random neighbour of it: a field gone, a type changed, a directive more.

Enters: documents by subgraph name, and a source of randomness. Leaves: the same documents, changed in place.
Invariant: a mutation that finds nothing to change changes nothing, and never raises.
"""

from __future__ import annotations

from random import Random

from tests.differential import mutate_federation as federation
from tests.differential import mutate_links as links
from tests.differential import mutate_types as types
from tests.differential.syntax import Documents, Mutation

MUTATIONS: tuple[tuple[Mutation, int], ...] = (
    (types.drop_child, 5), (types.change_type, 4), (types.make_nullable_everywhere, 1), (types.change_default, 1),
    (types.describe, 2), (types.add_argument, 2), (types.add_value, 1), (types.add_definition, 2),
    (types.add_executable_directive, 1), (types.rename, 1), (types.copy_type, 2), (types.copy_child, 3),
    (types.copy_subgraph, 1), (types.share_all, 3), (types.implement, 2), (types.return_abstract, 1),
    (types.add_input, 2), (types.add_enum, 2), (types.split_type, 2), (types.name_roots, 1), (types.add_mutation, 2),
    (types.drop_subgraph, 1),
    (links.change_version, 2), (links.rename_import, 2), (links.use_namespace, 1), (links.drop_link, 1),
    (links.make_federation_1, 2), (links.compose_directive, 2), (links.link_feature, 1),
    (links.define_federation_directive, 1), (links.move_roots, 1),
    (federation.apply_directive, 5), (federation.mark, 3), (federation.restrict, 3), (federation.weigh, 2),
    (federation.override_field, 3), (federation.require_field, 3), (federation.provide_field, 2),
    (federation.make_entity, 3), (federation.add_interface_object, 2), (federation.add_context, 2),
    (federation.share_field, 2),
)  # fmt: skip


def mutate(random: Random, documents: Documents) -> None:
    """Apply one to six mutations."""
    mutations, weights = zip(*MUTATIONS, strict=True)
    for mutation in random.choices(mutations, weights, k=random.choice((1, 1, 2, 2, 3, 4, 6))):
        mutation(random, documents)
