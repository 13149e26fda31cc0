"""What a subgraph says: federation versions, ``@link``, federation directives, field sets and :class:`Subgraph`.

Enters: a subgraph's name, address and SDL. Leaves: a :class:`~router.federation.subgraph.Subgraph`, or errors.
Invariant: in a built subgraph every federation directive bears its canonical name, whatever it was imported as.
"""
