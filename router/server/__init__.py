"""The router on HTTP: ASGI application, GraphQL over HTTP, identity, headers, health, page, reload.

Enters: HTTP requests over ASGI, settings, a supergraph. Leaves: HTTP responses. Invariant: whatever a client sends,
the answer is well formed and says nothing of subgraphs that settings don't allow.
"""
