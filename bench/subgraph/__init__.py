"""What one subgraph costs: processor time of a request, and the time that a sign-in gives away."""
