"""Processor time of `_entities` with 100 representations and 4 fields, at the courses subgraph on SQLite.

Enters: nothing; it makes its own data. Leaves: milliseconds a request on standard output, as the best of several
rounds. The request goes into the ASGI application itself, so no client's work is counted; parsing of the body,
the SQL, and writing of the answer are.

    python -m bench.subgraph.entities [--requests N] [--limit MILLISECONDS]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI

from subgraphs.courses.app import MIGRATIONS, create_app
from subgraphs.courses.catalogue import fold
from subgraphs.courses.models import CourseRow
from subgraphs.courses.seed import INSTRUCTOR_ID
from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.migration import migrate

REPRESENTATIONS = 100
QUERY = """query($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Course { id title description status } }
}"""


async def make_courses(app: FastAPI) -> list[str]:
    service = app.state.service
    await migrate(service.database, MIGRATIONS)
    rows = [
        CourseRow(
            title=f"Course {n}", title_folded=fold(f"Course {n}"), description="d" * 80, instructor_id=INSTRUCTOR_ID
        )
        for n in range(REPRESENTATIONS)
    ]
    async with service.database.write() as session:
        session.add_all(rows)
    return [str(row.id) for row in rows]


async def call(app: FastAPI, body: bytes) -> bytes:
    """One POST into the application, without a client or a socket."""
    answer = bytearray()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"content-type", b"application/json"),
            (b"accept", b"application/graphql-response+json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 4002),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answer.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(answer)


async def measure(requests: int) -> float:
    """Milliseconds of processor time a request, the best of five rounds."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(CoursesSettings(database_url=f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
        ids = await make_courses(app)
        representations = [{"__typename": "Course", "id": id_} for id_ in ids]
        body = orjson.dumps({"query": QUERY, "variables": {"representations": representations}})
        answer = orjson.loads(await call(app, body))
        assert "errors" not in answer, answer
        assert [entity["id"] for entity in answer["data"]["_entities"]] == ids
        rounds = []
        for _ in range(5):
            started_at = time.process_time()
            for _ in range(requests):
                await call(app, body)
            rounds.append((time.process_time() - started_at) / requests * 1000)
        await app.state.service.close()
    return min(rounds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100, help="requests a round")
    parser.add_argument("--limit", type=float, help="exit with 1 above so many milliseconds")
    arguments = parser.parse_args()
    took = asyncio.run(measure(arguments.requests))
    print(f"_entities, {REPRESENTATIONS} representations, 4 fields: {took:.2f} ms of processor time a request")
    return int(arguments.limit is not None and took > arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
