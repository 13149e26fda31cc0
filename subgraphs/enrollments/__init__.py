"""The enrollments subgraph: who takes which course."""
