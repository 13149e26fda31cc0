"""Alembic's entry; the work is in `subgraphs.shared.migration`."""

from subgraphs.shared.migration import run_environment
from subgraphs.users.models import METADATA

run_environment(METADATA)
