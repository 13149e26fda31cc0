"""Typed settings: ``supergraph.yaml`` (what to compose) and ``router.yaml`` (how to serve).

Enters: YAML text, environment variables, command-line settings. Leaves:
:class:`~router.config.supergraph_file.SupergraphFile` and :class:`~router.config.settings.Settings`, both immutable.
Invariant: a mistake never passes in silence; every one is a
:class:`~router.config.problem.ConfigurationProblem` that names the place, the key and the remedy.
"""
