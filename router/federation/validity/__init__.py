"""Whether a subgraph's own schema is valid GraphQL (``INVALID_GRAPHQL``), as the reference composer judges it.

Enters: a schema as read, with its lexicon. Leaves: findings. Invariant: the rules read, and change nothing.

The rules run in waves, because the later need what the earlier assure, and because the reference composer stops
between them: :func:`check_definitions`, :func:`check_schema_directives`, :func:`check_references`,
:func:`check_structure`, and then the rest.
"""

from router.federation.validity.elements import check_elements
from router.federation.validity.imports import check_imported_names
from router.federation.validity.interfaces import check_implementations
from router.federation.validity.references import check_definitions, check_references
from router.federation.validity.structure import check_schema_directives, check_structure

__all__ = [
    "check_definitions",
    "check_elements",
    "check_implementations",
    "check_imported_names",
    "check_references",
    "check_schema_directives",
    "check_structure",
]
