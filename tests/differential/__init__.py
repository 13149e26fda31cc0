"""Composition against the reference composer on random sets of subgraphs: ``python -m tests.differential``."""
