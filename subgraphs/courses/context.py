"""What a resolver of the courses service finds as `info.context`."""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry

from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.database import Database
from subgraphs.shared.identity import Caller
from subgraphs.shared.loading import Loaders


@dataclass(frozen=True, slots=True)
class CoursesContext:
    """One request: the service's parts and the caller."""

    settings: CoursesSettings
    database: Database
    caller: Caller
    loaders: Loaders = field(default_factory=Loaders)


CoursesInfo = strawberry.Info[CoursesContext, None]
