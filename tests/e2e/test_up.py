"""`make up` as a person meets it: what it prints works, it stops whole, and its data stays."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev.ports import is_free
from dev.product import ROOT
from tests.e2e.conftest import NEWCOMER, TwoLives
from tests.support.launched import Launched, environment, sign_in

pytestmark = pytest.mark.e2e


def run(module: str, product: Launched) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=environment(product.ports, product.data),
        capture_output=True,
        text=True,
    )


def test_the_printed_commands_answer_the_query_when_pasted(product: Launched) -> None:
    if shutil.which("curl") is None and not os.environ.get("CI"):
        pytest.skip("curl is not installed")
    commands = product.text.partition("Or paste:\n")[2].partition("\nCtrl-C")[0]
    pasted = subprocess.run(["sh", "-c", commands], capture_output=True, text=True)
    assert pasted.stderr == ""
    assert json.loads(pasted.stdout) == {
        "data": {
            "enrollment": {"user": {"email": "student1@learn.test"}, "course": {"title": "Introduction to GraphQL"}}
        }
    }


def test_a_second_one_and_a_reset_are_refused_while_it_runs(product: Launched) -> None:
    for module in ("dev.up", "dev.reset"):
        refused = run(module, product)
        assert refused.returncode == 1
        assert f"(process {product.process.pid}); stop that first" in refused.stderr


def test_a_port_in_use_is_named_before_anything_starts(product: Launched, tmp_path: Path) -> None:
    refused = run("dev.up", Launched(product.process, product.ports, tmp_path))
    assert refused.returncode == 1
    for name, port in product.ports.items():
        assert f"Port {port}, which {name} needs, is in use" in refused.stderr
        assert f"make up {name.upper()}_PORT={port + 100}" in refused.stderr


def test_ctrl_c_stops_it_whole(two_lives: TwoLives) -> None:
    first = two_lives.first
    assert first.process.returncode == 0
    assert [line.split()[0] for line in first.said[-4:]] == ["router", "enrollments", "courses", "users"]
    assert all(line.endswith("| stopped\n") for line in first.said[-4:])
    assert all(is_free(port) for port in first.ports.values())


def test_the_second_time_the_data_is_there_and_nothing_is_seeded(two_lives: TwoLives) -> None:
    assert "4 accounts made" in two_lives.first.text
    assert "accounts made" not in two_lives.second.text
    assert sign_in(two_lives.second.url, *NEWCOMER)
