"""Tests of the three subgraphs, in process over ASGI."""
