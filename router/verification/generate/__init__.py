"""Random federated worlds: a monolith with data first, then subgraphs derived by steps that keep its meaning.

Enters: a seed. Leaves: a :class:`~router.verification.generate.world.World`. Invariant: the same seed gives the same
world and operations, on every Python.
"""
