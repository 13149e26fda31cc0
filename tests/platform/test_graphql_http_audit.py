"""The server audit of GraphQL over HTTP, by the specification's own maintainers: router and subgraphs pass it all."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.platform.conftest import StartRouted

AUDIT = Path(__file__).parent / "graphql_http_audit"


@pytest.fixture(scope="session")
def audit_packages() -> Path:
    """The audit's packages, installed from the lock where they're missing."""
    problem = None
    if shutil.which("node") is None or shutil.which("npm") is None:
        problem = "Node isn't installed"
    elif not (AUDIT / "node_modules" / "graphql-http").is_dir():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=AUDIT, capture_output=True, check=False)
        problem = None if done.returncode == 0 else f"npm ci failed with {done.returncode}"
    if problem is not None:
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    return AUDIT


@pytest.mark.parametrize("server", ["router", "courses"])
async def test_every_audit_of_the_specification_passes(start: StartRouted, audit_packages: Path, server: str) -> None:
    # Some audits ask for __type.
    routed = await start({"supergraph.introspection": True}, courses={"introspection": True})
    client = routed.client if server == "router" else routed.platform.client
    process = await asyncio.create_subprocess_exec(
        "node", "audit.mjs", f"http://{server}.test/graphql",
        cwd=audit_packages, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    results: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while line := await process.stdout.readline():
            message = json.loads(line)
            results = message.get("results", results)
            if "id" in message:
                response = await client.request(
                    message["method"], message["url"], headers=message["headers"], content=message["body"]
                )
                answer = {"id": message["id"], "status": response.status_code, "body": response.text}
                answer["headers"] = {"content-type": response.headers["content-type"]}
                process.stdin.write(json.dumps(answer).encode() + b"\n")
                await process.stdin.drain()
        await process.wait()
    assert len(results) >= 60
    failed = [f"{audit['name']}: {audit['reason']}" for audit in results if audit["status"] != "ok"]
    assert failed == []
