"""Load by wrk: bounded in time, every answer's length checked."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["accept"] = "application/json"
local bodies = {{ {bodies} }}
local at = 0
function request()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end
{pace}
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init(args) wrong = 0 end
function response(status, headers, body)
  if status ~= 200 or ({length} > 0 and #body ~= {length}) then wrong = wrong + 1 end
end
function done(summary, latency, requests)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("wrong") end
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d %d\\n", summary.requests, summary.duration, wrong,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """``seconds`` of load; latencies in milliseconds; ``wrong`` counts answers of another status or length."""

    requests: int
    seconds: float
    wrong: int
    errors: int
    p50: float
    p95: float
    p99: float


def load(
    url: str, queries: list[str], *, seconds: int, connections: int = 50, length: int = 0, pause: int = 0
) -> LoadResult:
    """Send ``queries`` in turn over ``connections`` keep-alive connections; ``pause`` milliseconds between requests."""
    bodies = ", ".join(_lua_string(json.dumps({"query": query})) for query in queries)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        pace = f"function delay() return {pause} end" if pause else ""
        script.write_text(_SCRIPT.format(bodies=bodies, length=length, pace=pace))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if found is None:
        raise RuntimeError(f"wrk said nothing usable:\n{output}")
    requests, micros, wrong, errors, p50, p95, p99 = map(int, found.groups())
    return LoadResult(requests, micros / 1e6, wrong, errors, p50 / 1000, p95 / 1000, p99 / 1000)


def _lua_string(text: str) -> str:
    return "[==[" + text + "]==]"
