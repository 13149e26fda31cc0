"""A GraphQL type system as plain immutable data, with its reader and printer.

Enters: SDL text. Leaves: a :class:`Schema` that composition and the supergraph are built from.
Invariant: the model keeps what was written (order, descriptions, applied directives, positions), so that
printing what was read gives an equal document.
"""
