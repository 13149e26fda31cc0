"""``router verify``: random federated graphs against a monolith, with this very router in between."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

import click

from router.verification.shrink import print_scenario, shrink
from router.verification.verify import Failure, Report, merge_reports, verify

#: Cases of one task of a worker process; a task's seed is the run's seed and the task's number.
_TASK = 60


@click.command()
@click.option("--cases", default=1_000, show_default=True, help="How many operations to try.")
@click.option("--seed", type=int, help="Repeat a run; a fresh seed is chosen and printed otherwise.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default="processors", help="Processes to use.")
@click.option("--executor", type=click.Choice(("compiled", "readable")), default="compiled", show_default=True)
def command(cases: int, seed: int | None, jobs: int, executor: str) -> None:
    """Compare the router with a monolith on random worlds.

    Each case is a random operation on random subgraphs over random data, some of it failing, and some subgraphs too.
    The router's answer must be the monolith's, in every payload of what is deferred and for every event of a
    subscription. A failure is made small and printed as a scenario. Exit code 3 where there is one.
    """
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"seed {chosen}", err=True)
    report = _run(chosen, cases, max(1, jobs), compiled=executor == "compiled")
    _print(report)
    for failure in report.failures[:3]:
        _print_failure(failure, compiled=executor == "compiled")
    sys.exit(3 if report.failures else 0)


def _run(seed: int, cases: int, jobs: int, *, compiled: bool) -> Report:
    tasks = [(seed * 100_003 + start, min(_TASK, cases - start)) for start in range(0, cases, _TASK)]
    reports: list[Report] = []
    # A fresh interpreter a process: forking one that has threads is not safe.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool, _progress(cases) as bar:
        futures = [pool.submit(verify, task, count, compiled=compiled) for task, count in tasks]
        for future in as_completed(futures):
            reports.append(future.result())
            bar.update(reports[-1].cases)
            if sum(len(report.failures) for report in reports) >= 5:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return merge_reports(reports)


def _progress(cases: int) -> click._termui_impl.ProgressBar[int]:
    bar: click._termui_impl.ProgressBar[int] = click.progressbar(
        length=cases, label="cases", file=sys.stderr, show_pos=True
    )
    return bar


def _print(report: Report) -> None:
    click.echo(
        f"{report.cases} cases in {report.worlds} worlds, {report.fetches} fetches, {len(report.failures)} failures"
    )
    for name, count in report.used.most_common():
        click.echo(f"  {name}: in {100 * count / max(report.worlds, 1):.0f}% of worlds")
    for name, count in report.written.most_common():
        click.echo(f"  {name}: {count} cases")


def _print_failure(failure: Failure, *, compiled: bool) -> None:
    click.echo("\n" + "\n".join(_lines(failure)))
    small = shrink(failure.case, compiled=compiled)
    click.echo(print_scenario(small, f"Case {failure.number} of seed {failure.seed}", failure.problems))


def _lines(failure: Failure) -> Iterator[str]:
    yield f"Case {failure.number} of seed {failure.seed}"
    yield from failure.problems
    yield failure.plan
