"""Fixtures of this folder."""

from tests.support.recorded_supergraphs import recorded_supergraphs

__all__ = ["recorded_supergraphs"]
