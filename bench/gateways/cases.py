"""One measurement of a gateway each: what is asked, how often, what it cost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from bench.gateways.gateway import Cpu, Gateway, Running, cpu_seconds
from bench.gateways.load import LoadResult, load
from bench.gateways.supply import Supply, read

DEEP = read("operation.graphql")
SMALL = "{ users { id name username } }"
#: Operations a second that were never seen, in the mixed case.
NEW = 30


@dataclass(frozen=True, slots=True)
class Setting:
    """``seconds`` of load after ``warmup``; the subgraphs; the cores of the gateway."""

    seconds: int
    warmup: int
    supply: Supply | None = None
    cores: frozenset[int] = frozenset()

    def with_supply(self, supply: Supply, cores: set[int]) -> Setting:
        """The same with these subgraphs, and with the gateway on these cores."""
        return replace(self, supply=supply, cores=frozenset(cores))

    def start(self, gateway: Gateway) -> Running:
        """Start a gateway."""
        return Running(gateway, self.supplied.supergraph, set(self.cores))

    @property
    def supplied(self) -> Supply:
        """The subgraphs, which are there."""
        assert self.supply is not None
        return self.supply


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. ``memory`` in bytes; ``shares`` are the connections of each process."""

    case: str
    gateway: str
    result: LoadResult
    cpu: Cpu
    memory: int = 0
    shares: Sequence[int] = ()

    @property
    def cost(self) -> float:
        """Milliseconds of processor time for a request."""
        return self.cpu.total * 1000 / max(self.result.requests, 1)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.result.requests / self.result.seconds

    def markdown(self) -> str:
        r = self.result
        problems = "" if not (r.wrong or r.errors) else f" **{r.wrong} wrong, {r.errors} errors**"
        latencies = " | ".join(f"{value:.2f}" if value else "" for value in (r.p50, r.p95, r.p99))
        memory = f"{self.memory / 2**20:.0f}" if self.memory else ""
        return (
            f"| {self.case} | {self.gateway} | {self.rate:,.0f} | {self.cost:.3f} | {latencies} | {memory} |{problems}"
        )


def expected(query: str) -> object:
    """The right answer to one of the known operations."""
    if query == DEEP:
        return json.loads(read("answer.json"))
    users = json.loads(read("data.json"))["accounts"]["users"]
    return {"data": {"users": [{key: user[key] for key in ("id", "name", "username")} for user in users]}}


def cold_operations() -> Iterator[str]:
    """Operations without end that differ in shape, so that no cache knows them."""
    fields = ["id", "name", "username", "birthday"]
    for number in count():
        chosen = " ".join(f"f{number}_{i}: {name}" for i, name in enumerate(fields) if number & (1 << i) or i == 0)
        yield f"query C{number} {{ users {{ {chosen} reviews {{ id product {{ name inStock }} }} }} }}"


def check(running: Running, query: str) -> None:
    """Compare one answer's content. Ends the program where it is wrong."""
    actual = running.ask(query)
    if actual != expected(query):
        told = actual.get("errors") or actual if isinstance(actual, dict) else actual
        raise SystemExit(f"{running.gateway.name} gave a wrong answer: {json.dumps(told)[:1000]}")


def measure(gateway: Gateway, case: str, setting: Setting, *, connections: int = 50) -> Row:
    """Warm up, load, check again. Answers must all have the length of the first, whose content is compared."""
    query = SMALL if case in ("small", "latency") else DEEP
    with setting.start(gateway) as running:
        check(running, query)
        length = len(running.ask_raw(query))
        load(running.url, [query], seconds=setting.warmup, connections=connections)
        before = running.cpu_seconds()
        shares: list[int] = []
        watch = threading.Timer(setting.seconds / 2, lambda: shares.extend(running.connections()))
        watch.start()
        result = load(running.url, [query], seconds=setting.seconds, connections=connections, length=length)
        watch.join()
        cpu = running.cpu_seconds().since(before)
        check(running, query)
        return Row(case, gateway.name, result, cpu, running.memory_bytes(), shares)


def drive_subgraphs(setting: Setting, connections: int = 50) -> Row:
    """Ask the subgraph of the small case directly."""
    url, pid = f"{setting.supplied.url}/accounts", setting.supplied.pid
    before = cpu_seconds(pid)
    result = load(url, [SMALL], seconds=max(1, setting.seconds // 3), connections=connections)
    case = "latency" if connections == 1 else "subgraphs"
    return Row(case, "none: the subgraph itself", result, Cpu({pid: cpu_seconds(pid) - before}))


def measure_cold(gateway: Gateway, setting: Setting) -> Row:
    """Operations that were never seen: each is sent once."""
    with setting.start(gateway) as running:
        load(running.url, [SMALL], seconds=1)
        latencies = []
        before, start = running.cpu_seconds(), time.perf_counter()
        for query in islice(cold_operations(), 300):
            sent = time.perf_counter()
            running.ask(query)
            latencies.append((time.perf_counter() - sent) * 1000)
        cpu, seconds = running.cpu_seconds().since(before), time.perf_counter() - start
        latencies.sort()
        p50, p95, p99 = (latencies[len(latencies) * share // 100] for share in (50, 95, 99))
        result = LoadResult(len(latencies), seconds, 0, 0, p50, p95, p99)
        return Row("cold", gateway.name, result, cpu, running.memory_bytes())


def measure_mixed(gateway: Gateway, setting: Setting) -> Iterator[Row]:
    """A known operation at a steady rate, alone and beside thirty a second that were never seen."""
    with setting.start(gateway) as running:
        load(running.url, [SMALL], seconds=setting.warmup)
        length = len(running.ask_raw(SMALL))
        for case in ("known operations alone", f"known, {NEW} new ones a second beside"):
            stop = threading.Event()
            beside = threading.Thread(target=_send_new_ones, args=(running, stop))
            if case != "known operations alone":
                beside.start()
            before = running.cpu_seconds()
            # Well below what a core serves: nobody waits but for the new ones.
            result = load(running.url, [SMALL], seconds=setting.seconds, connections=20, length=length, pause=10)
            cpu = running.cpu_seconds().since(before)
            stop.set()
            if beside.is_alive():
                beside.join()
            yield Row("mixed", f"{gateway.name}: {case}", result, cpu, running.memory_bytes())


def _send_new_ones(running: Running, stop: threading.Event) -> None:
    for query in cold_operations():
        if stop.wait(1 / NEW):
            return
        running.ask(query)
