"""The key ring that signs access tokens, and its rotation.

Enters: JSON from a file or the environment. Leaves: the key to sign with, the keys to publish, a changed ring.
Invariant: a key is published before it signs and stays published until the last token it signed has expired,
so a rotation never makes a good token bad.

The ring's JSON is a key set with private keys; beside the standard members each key carries `created_at`,
`signs_from` and, once it was replaced, `retires_at` (seconds since 1970). A key's life:

    published ──signs_from──> signing ──another key signs──> published ──retires_at──> gone
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt import PyJWK
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from subgraphs.shared.settings import JwtAlgorithm
from subgraphs.users.settings import UsersSettings

PRIVATE_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth")
MAX_RING_BYTES: Final = 200_000
#: How long a running service goes on without looking whether the file has changed.
LOOK_AGAIN_AFTER: Final = 2.0
#: How long a verifier may keep the key set, in seconds; a rotation's lead must be longer.
KEY_SET_MAX_AGE: Final = 300


class KeyRingError(ValueError):
    """The ring can't be read or changed; the text names the remedy and shows nothing of a key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its times, in seconds since 1970. `jwk` is private."""

    key_id: str
    algorithm: JwtAlgorithm
    jwk: dict[str, Any]
    created_at: int
    signs_from: int
    retires_at: int | None = None

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    @property
    def public_jwk(self) -> dict[str, Any]:
        public = {name: value for name, value in self.jwk.items() if name not in PRIVATE_MEMBERS}
        return {**public, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}

    def is_published(self, now: float) -> bool:
        return self.retires_at is None or now < self.retires_at


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys, oldest first."""

    keys: tuple[SigningKey, ...]

    def signing_key(self, now: float) -> SigningKey:
        """The newest key whose time has come. Raises `KeyRingError` when there is none."""
        ready = [key for key in self.keys if key.signs_from <= now and key.is_published(now)]
        if not ready:
            raise KeyRingError("no key may sign at the moment; run `users keys rotate --now`")
        return max(reversed(ready), key=lambda key: key.signs_from)  # of two from the same second, the later one

    def published(self, now: float) -> list[SigningKey]:
        return [key for key in self.keys if key.is_published(now)]

    def state(self, key: SigningKey, now: float) -> str:
        if not key.is_published(now):
            return "gone"
        if key.signs_from > now:
            return "next"
        return "signing" if key is self.signing_key(now) else "retiring"

    def rotate(self, algorithm: JwtAlgorithm, now: int, lead: int, token_life: int) -> KeyRing:
        """Add a key that signs after `lead` seconds; each older key retires when its last token has expired.

        `lead` gives every verifier the time to fetch the key before it meets a token of it. A key whose turn would
        come after the new one's has signed nothing and goes.
        """
        signs_from = now + lead
        older = tuple(
            key if key.retires_at is not None else replace(key, retires_at=signs_from + token_life + 60)
            for key in self.keys
            if key.is_published(now) and key.signs_from <= signs_from
        )
        return KeyRing((*older, make_key(algorithm, now, signs_from)))

    def retire(self, key_id: str, now: int, token_life: int) -> KeyRing:
        """Take a key out at once; tokens it signed stop being good. Raises `KeyRingError` for the last one.

        A key that was to retire and signs again in its place stays until its last token has expired.
        """
        left = tuple(key for key in self.keys if key.key_id != key_id)
        if len(left) == len(self.keys):
            raise KeyRingError(f"there is no key {key_id}")
        try:
            signing = KeyRing(left).signing_key(now)
        except KeyRingError:
            raise KeyRingError(f"{key_id} is the only key that can sign; run `users keys rotate --now` first") from None
        following = min((key.signs_from for key in left if key.signs_from > now), default=None)
        retires_at = None if following is None else following + token_life + 60
        return KeyRing(tuple(replace(key, retires_at=retires_at) if key is signing else key for key in left))

    def to_json(self) -> bytes:
        entries = [
            {
                **key.jwk,
                "kid": key.key_id,
                "alg": key.algorithm,
                "created_at": key.created_at,
                "signs_from": key.signs_from,
                **({} if key.retires_at is None else {"retires_at": key.retires_at}),
            }
            for key in self.keys
        ]
        return orjson.dumps({"keys": entries}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def make_key(algorithm: JwtAlgorithm, now: int, signs_from: int) -> SigningKey:
    if algorithm == "EdDSA":
        jwk = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(generate_private_key(public_exponent=65537, key_size=2048), as_dict=True)
    jwk.pop("key_ops", None)
    key_id = f"{time.strftime('%Y%m%d', time.gmtime(now))}-{token_hex(6)}"
    return SigningKey(key_id, algorithm, jwk, now, signs_from)


def read_ring(text: bytes) -> KeyRing:
    """Raises `KeyRingError` for a ring that can't be used, without showing any of it."""
    try:
        entries = orjson.loads(text)["keys"]
        keys = tuple(read_ring_entry(dict(entry)) for entry in entries)
    except (ValueError, KeyError, TypeError, PyJWTError):
        raise KeyRingError("that is no key ring; `users keys rotate --print` writes one") from None
    if len({key.key_id for key in keys}) != len(keys) or not keys:
        raise KeyRingError("the key ring needs at least one key, each with an id of its own")
    return KeyRing(keys)


def read_ring_entry(entry: dict[str, Any]) -> SigningKey:
    created_at = int(entry.pop("created_at", 0))
    signs_from = int(entry.pop("signs_from", created_at))
    retires_at = entry.pop("retires_at", None)
    algorithm, key_id = entry.pop("alg"), entry.pop("kid")
    if algorithm not in ("EdDSA", "RS256") or not isinstance(key_id, str) or "d" not in entry:
        raise ValueError(algorithm)
    PyJWK(entry)
    return SigningKey(key_id, algorithm, entry, created_at, signs_from, None if retires_at is None else int(retires_at))


class KeyRingStore:
    """Where the ring comes from: an environment variable, or a file that is read again when it changes."""

    def __init__(self, settings: UsersSettings) -> None:
        self._text = settings.signing_keys
        self.path = settings.signing_keys_file
        self._makes_file = "signing_keys_file" not in settings.model_fields_set
        self._ring: KeyRing | None = None
        self._stamp: tuple[int, int] | None = None
        self._looked_at = float("-inf")

    @property
    def is_file(self) -> bool:
        return self._text is None

    def ring(self) -> KeyRing:
        """The ring as it stands now. Raises `KeyRingError` when there's none, or none that can be read."""
        if self._text is not None:
            self._ring = self._ring or read_ring(self._text.get_secret_value().encode())
            return self._ring
        if self._ring is None or time.monotonic() - self._looked_at > LOOK_AGAIN_AFTER:
            self._look()
        assert self._ring is not None
        return self._ring

    def signing_age(self) -> dict[str, float]:
        """For how long the key that signs has been the one, in seconds, by the empty text; nothing where none does."""
        now = time.time()
        try:
            return {"": now - self.ring().signing_key(now).signs_from}
        except KeyRingError:
            return {}

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            if status.st_size > MAX_RING_BYTES:
                raise KeyRingError(f"the key ring {self.path} is too large")
            ring = read_ring(self.path.read_bytes())
        except FileNotFoundError:
            if self._ring is None:
                self._ring = self.prepare()
            return
        except (OSError, KeyRingError) as error:
            if self._ring is None:
                reason = error.strerror if isinstance(error, OSError) else "it is no key ring"
                raise KeyRingError(
                    f"the key ring {self.path} can't be read: {reason}; put the right one there, or move this file "
                    "away and run `users keys rotate`, after which everyone signs in again"
                ) from None
            return  # a ring that is being replaced, or was spoilt: the one in memory goes on
        self._ring, self._stamp = ring, stamp

    def prepare(self) -> KeyRing:
        """Make the default file where it's missing. Raises `KeyRingError` for a missing file that was named."""
        if not self._makes_file:
            raise KeyRingError(f"there is no key ring at {self.path}; make one with `users keys rotate`")
        ring = KeyRing(()).rotate("EdDSA", int(time.time()), 0, 0)
        try:
            self.write(ring, replace_existing=False)
        except FileExistsError:
            return read_ring(self.path.read_bytes())
        return ring

    def write(self, ring: KeyRing, *, replace_existing: bool = True) -> None:
        """Put the ring in the file in one step, readable by its owner only. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".keys-")  # made with mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(ring.to_json())
                file.flush()
                os.fsync(file.fileno())
            if replace_existing:
                os.replace(name, self.path)
            else:
                os.link(name, self.path)
        finally:
            Path(name).unlink(missing_ok=True)


class OwnKeySet:
    """The published keys as the token check of this very service asks for them."""

    def __init__(self, store: KeyRingStore) -> None:
        self._store = store

    async def find(self, key_id: str) -> PyJWK | None:
        published = self._store.ring().published(time.time())
        return next((PyJWK(key.public_jwk) for key in published if key.key_id == key_id), None)
