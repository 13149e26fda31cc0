"""The query graph: who can resolve what from where. Shared by satisfiability and planning."""
