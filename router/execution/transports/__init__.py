"""Ways to a subgraph, behind :class:`~router.execution.transport.SubgraphTransport`."""
