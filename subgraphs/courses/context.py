"""What a resolver of the courses service finds as `info.context`."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.database import Database
from subgraphs.shared.identity import Caller


@dataclass(frozen=True, slots=True)
class CoursesContext:
    """One request: the service's parts and the caller."""

    settings: CoursesSettings
    database: Database
    caller: Caller


CoursesInfo = strawberry.Info[CoursesContext, None]
