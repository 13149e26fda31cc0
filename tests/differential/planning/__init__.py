"""Random operations planned by the reference planner and by this one, and compared."""
