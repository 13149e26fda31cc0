"""What all three subgraphs need, and nothing that only one of them does.

A service imports from here; nothing here imports a service.
"""
