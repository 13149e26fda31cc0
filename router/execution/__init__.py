"""Running a plan: executor, representations, merge, projection, introspection, transports.

Enters: a plan, the normalised operation, variables, a request context. Leaves: data and errors in the client's terms.
"""
