"""Which supergraph each running router serves.

Enters: a URL whose host resolves to every router. Leaves: ids by address. Invariant: a router that can't be connected
to serves nobody, so it isn't waited for; one that answers late, or with an error, is.
"""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class RunningRouter:
    """A router's address, and the id of its supergraph; empty where it didn't say."""

    address: str
    supergraph: str


async def ask_routers(url: str, path: str = "/health/ready") -> list[RunningRouter]:
    """Ask every router that the URL's host resolves to, at the same time."""
    parts = urlsplit(url)
    port = parts.port or 80
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    addresses = sorted({f"[{entry[4][0]}]" if ":" in str(entry[4][0]) else str(entry[4][0]) for entry in found})
    answers = await asyncio.gather(*(asyncio.to_thread(_ask, f"{each}:{port}", path) for each in addresses))
    return [answer for answer in answers if answer is not None]


def _ask(address: str, path: str) -> RunningRouter | None:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=_SECONDS) as answer:
            return RunningRouter(address, _id(answer.read()))
    except urllib.error.HTTPError as error:
        # One that isn't ready says so with 503, and which supergraph it has.
        return RunningRouter(address, _id(error.read()))
    except (ConnectionRefusedError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        return None if isinstance(reason, ConnectionRefusedError) else RunningRouter(address, "")
    except OSError:
        return RunningRouter(address, "")


def _id(body: bytes) -> str:
    try:
        found = json.loads(body).get("supergraph")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""
