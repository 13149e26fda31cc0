"""Passwords: what is accepted, and hashing with argon2id that can't starve the rest of the service.

Enters: a password. Leaves: a hash, or whether it matches one.
Invariants: nothing longer than the cap is ever hashed; at most `hashing_concurrency` threads hash; an unknown
account costs the same work as a known one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final, TypeVar

from passlib.context import CryptContext

from subgraphs.shared.errors import Refused
from subgraphs.users.settings import UsersSettings

MAX_PASSWORD_BYTES: Final = 1_024
#: The most used of those that are long enough to pass; a list can only ever catch the worst.
COMMON: Final = frozenset(
    """
    1234567890 12345678910 123456789a q1w2e3r4t5 1q2w3e4r5t qwertyuiop password12 password123 passw0rd123
    password1234 iloveyou123 abcdefghij 0987654321 1qaz2wsx3edc qwerty12345 welcome123 administrator
    letmein1234 changeme123 football123
    """.split()  # noqa: SIM905  # a list of twenty strings is no easier to read
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password matched, and its hash under today's parameters when the stored one is older."""

    matches: bool
    new_hash: str | None = None


def check_new_password(password: str, email: str, min_length: int) -> None:
    """Raises `Refused` WEAK_PASSWORD for a password that is too short, too long or too easily guessed."""
    if len(password) < min_length:
        raise Refused("WEAK_PASSWORD", f"A password needs at least {min_length} characters.", minLength=min_length)
    if len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
        raise Refused("WEAK_PASSWORD", f"A password may have at most {MAX_PASSWORD_BYTES} bytes.")
    folded = password.casefold()
    if folded in COMMON or len(set(folded)) < 4 or folded in (email.casefold(), email.partition("@")[0].casefold()):
        raise Refused("WEAK_PASSWORD", "That password is too easily guessed; choose another.")


class PasswordHasher:
    """Hashes and verifies in threads of its own, behind a limit."""

    def __init__(self, settings: UsersSettings) -> None:
        self._context = CryptContext(
            schemes=["argon2"],
            argon2__type="ID",
            argon2__time_cost=settings.argon2_time_cost,
            argon2__memory_cost=settings.argon2_memory_cost,
            argon2__parallelism=settings.argon2_parallelism,
        )
        self._threads = ThreadPoolExecutor(settings.hashing_concurrency, thread_name_prefix="hashing")
        self._concurrency = settings.hashing_concurrency
        self._limit = settings.hashing_concurrency + settings.hashing_queue
        self._running = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Raises `Refused` SERVICE_BUSY when too many wait already."""
        return await self._run(lambda: self._context.hash(password))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with a stored hash. None stands for an unknown account: the same work, and no match.

        Raises `Refused` SERVICE_BUSY when too many wait already.
        """
        if len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
            return Verdict(False)
        return await self._run(lambda: self._verify(password, stored))

    def _verify(self, password: str, stored: str | None) -> Verdict:
        if self._decoy is None:
            self._decoy = self._context.hash(token_urlsafe(32))
        matches, new_hash = self._context.verify_and_update(password, stored or self._decoy)
        return Verdict(bool(matches) and stored is not None, new_hash if matches and stored is not None else None)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._running >= self._limit:
            raise Refused("SERVICE_BUSY", "Too many sign-ins at the moment; try again shortly.", retryAfter=1)
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._running -= 1

    def hashings(self) -> dict[str, float]:
        """How many passwords are hashed and how many wait, by state, and the most that there may be of both."""
        running = min(self._running, self._concurrency)
        return {
            "running": running,
            "waiting": self._running - running,
            "limit": self._limit,
        }

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
