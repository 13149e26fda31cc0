"""A client operation, normalised: one pass a file.

Enters: a valid document, an operation name. Leaves: an :class:`~router.operation.model.Operation`. Invariant: no
fragment is expanded more than once per place where its meaning differs; equal selection sets are one object.
"""
