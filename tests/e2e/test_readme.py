"""What the README says is tried as it stands there: its queries, its answers, and its fourth subgraph."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dev.fleet import Fleet
from dev.product import COMMANDS, ROOT
from dev.service import Service
from tests.support.free_ports import free_ports
from tests.support.launched import Launched, ask, environment, sign_in

pytestmark = pytest.mark.e2e
README = (ROOT / "README.md").read_text()
START, FOURTH = (
    README.partition(f"\n## {title}\n")[2].partition("\n## ")[0] for title in ("Start", "Add a fourth subgraph")
)


def block(text: str, language: str) -> str:
    found = re.search(rf"^( *)```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"the README has no {language} block there"
    return re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE)


def shell_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.match(r" {4,}\.venv/bin/", line)]


def test_the_first_query_has_the_answer_that_the_readme_prints(product: Launched) -> None:
    token = sign_in(product.url, "student1@learn.test")
    assert ask(product.url, block(START, "graphql"), token) == json.loads(block(START, "json"))


class Checkout:
    """A copy of what the section touches, with the product's ports and a free one in place of 4004."""

    def __init__(self, root: Path, product: Launched) -> None:
        self.root = root
        self.environment = environment(product.ports, root / ".data")
        self.port, self.router_port = free_ports(2)
        shutil.copytree(ROOT / "subgraphs", root / "subgraphs", ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".data").mkdir()

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text.replace("4004", str(self.port)))

    def words(self, line: str) -> list[str]:
        return shlex.split(line.replace(".venv/bin/", f"{COMMANDS}/").replace("4004", str(self.port)))

    def run(self, line: str) -> None:
        command = line.replace(".venv/bin/", f"{COMMANDS}/")
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.root, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def service(self, name: str, words: list[str], port: int, health_path: str) -> Service:
        return Service(name, words, port, "", self.environment, health_path, self.root)


async def test_a_fourth_subgraph_joins_as_the_readme_says(product: Launched, tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, product)
    export, compose, serve = shell_lines(FOURTH)
    checkout.write("subgraphs/reviews/app.py", block(FOURTH, "python"))
    checkout.write("supergraph.yaml", (ROOT / "supergraph.yaml").read_text() + block(FOURTH, "yaml"))
    checkout.run(export)
    checkout.run(compose)
    router = [str(COMMANDS / "router"), "serve", "--supergraph", ".data/with-reviews.graphql", "--listen"]
    services = [
        checkout.service("reviews", checkout.words(serve), checkout.port, "/docs"),
        checkout.service("router", [*router, f"127.0.0.1:{checkout.router_port}"], checkout.router_port, "/health"),
    ]
    answers: list[object] = []
    stop = asyncio.Event()

    async def ask_and_stop() -> None:
        answers.append(
            await asyncio.to_thread(ask, f"http://127.0.0.1:{checkout.router_port}", block(FOURTH, "graphql"))
        )
        stop.set()

    tasks: list[asyncio.Task[None]] = []
    fleet = Fleet(services, lambda name, line: None)
    await fleet.run(stop, lambda: tasks.append(asyncio.create_task(ask_and_stop())))
    await asyncio.gather(*tasks)
    assert answers == [json.loads(block(FOURTH, "json"))]
