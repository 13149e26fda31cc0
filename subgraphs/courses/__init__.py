"""The courses subgraph: what can be learned, and who teaches it."""
