"""What a resolver of the enrollments service finds as `info.context`: the parts, the caller, and batch loaders.

Invariant: a context and its loaders live as long as one request, so nothing that one caller may see is kept
for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from subgraphs.enrollments import register
from subgraphs.enrollments.models import EnrollmentRow
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.database import Database
from subgraphs.shared.errors import BadUserInput
from subgraphs.shared.identity import Caller, parse_id
from subgraphs.shared.loading import Loaders
from subgraphs.shared.sibling import Sibling

MAX_LISTS = 20


@dataclass(frozen=True, slots=True)
class EnrollmentsParts:
    """What lives as long as the service."""

    settings: EnrollmentsSettings
    database: Database
    users: Sibling
    courses: Sibling


class EnrollmentsContext:
    """One request. Each loader asks once for all that is wanted in the same moment."""

    def __init__(self, parts: EnrollmentsParts, caller: Caller, authorization: str | None) -> None:
        self.parts = parts
        self.caller = caller
        self.authorization = authorization
        self.loaders = Loaders()
        self._lists: dict[register.ListArguments, DataLoader[UUID, list[EnrollmentRow]]] = {}

    @property
    def settings(self) -> EnrollmentsSettings:
        return self.parts.settings

    @property
    def database(self) -> Database:
        return self.parts.database

    @cached_property
    def instructors(self) -> DataLoader[UUID, UUID | None]:
        """Who teaches a course, as the courses service says to this caller; None for an unknown course."""
        return DataLoader(load_fn=self._load_instructors)

    async def _load_instructors(self, course_ids: list[UUID]) -> Sequence[UUID | None]:
        courses = await self.parts.courses.entities("Course", course_ids, "instructor{id}", self.authorization)
        return [parse_id((course.get("instructor") or {}).get("id")) if course else None for course in courses]

    @cached_property
    def counts(self) -> DataLoader[UUID, int]:
        """Active enrolments of a course."""

        async def load(course_ids: list[UUID]) -> Sequence[int]:
            found = await register.count_active(self.database, course_ids)
            return [found.get(course_id, 0) for course_id in course_ids]

        return DataLoader(load_fn=load)

    def lists(self, arguments: register.ListArguments) -> DataLoader[UUID, list[EnrollmentRow]]:
        """The enrolments of a user or course. One loader, and so one statement, for each set of arguments.

        Raises `BadUserInput` for more sets than a sensible operation has.
        """
        if arguments not in self._lists and len(self._lists) >= MAX_LISTS:
            raise BadUserInput(f"At most {MAX_LISTS} lists with different arguments may be asked for at once.")

        async def load(owner_ids: list[UUID]) -> Sequence[list[EnrollmentRow]]:
            found = await register.list_for_owners(self.database, owner_ids, arguments)
            return [found.get(owner_id, []) for owner_id in owner_ids]

        return self._lists.setdefault(arguments, DataLoader(load_fn=load))


EnrollmentsInfo = strawberry.Info[EnrollmentsContext, None]
