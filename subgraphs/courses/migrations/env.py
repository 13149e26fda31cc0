"""Alembic's entry; the work is in `subgraphs.shared.migration`."""

from subgraphs.courses.models import METADATA
from subgraphs.shared.migration import run_environment

run_environment(METADATA)
