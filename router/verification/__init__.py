"""Proof that a federated answer is what one server would say: mock subgraphs and a monolith over one data set.

Enters: subgraph SDL, one JSON data set, operations. Leaves: answers of both, and where they differ. Invariant: a mock
subgraph knows only what its own SDL lets it know; what it wasn't told by a representation it doesn't use.
"""
