"""Who is calling: bearer tokens, verified against published key sets.

Enters: the Authorization header. Leaves: the claims of a good token, ``None`` for no token. Invariant: claims come
only from a token whose signature held in this process, by an algorithm and a key that settings name.
"""
