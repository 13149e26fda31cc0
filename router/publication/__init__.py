"""Publishing schemas to a running supergraph: what is published, what a candidate changes, and when it may.

Enters: the published schemas, a candidate. Leaves: the next published state, or a refusal that names what breaks.
Invariant: what is published always composes, and is the composition of the schemas beside it.
"""
