"""The composed schema: its model, join-spec SDL in and out, the API schema, and what each subgraph knows.

Enters: supergraph SDL (join specification v0.1 to v0.5) or the result of merging. Leaves: a
:class:`~router.supergraph.model.Supergraph`. Invariant: join directives never appear in ``schema``; they are data.
"""
