"""How long composition takes: ``python -m bench.composition``."""
