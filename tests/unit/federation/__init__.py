"""Building subgraphs: one test module a rule or a stage, named after the codes that they raise."""
