"""Records: dataclasses for what is made many times for each request.

``@dataclass(frozen=True)`` sets every field by way of ``object.__setattr__``, which takes ten times as long as an
assignment. A record is frozen for the type checker, which refuses every assignment to a field, and an ordinary slotted
dataclass when the program runs. Records with equal fields are equal, and have equal hashes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """Make a class a record."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
