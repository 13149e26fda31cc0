"""The steps that spread a world over subgraphs, by what they are about."""
