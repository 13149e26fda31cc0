"""docs/operations.md against what it is about: every alert has its heading, every `make` target and option is there."""

from __future__ import annotations

import re

from dev.product import ROOT
from tests.delivery.conftest import Charts
from tests.delivery.releases import RELEASES

PAGE = (ROOT / "docs" / "operations.md").read_text()


def test_every_alert_is_explained(charts: Charts) -> None:
    explained = re.findall(r"^### (\w+)$", PAGE[PAGE.index("\n## Alerts\n") :], re.MULTILINE)
    made = [
        rule["alert"]
        for release in RELEASES
        for document in charts.render(release)
        if document["kind"] == "PrometheusRule"
        for group in document["spec"]["groups"]
        for rule in group["rules"]
    ]
    assert len(made) >= 7
    assert sorted(explained) == sorted(set(made))


def test_it_names_only_targets_and_files_that_there_are() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", PAGE))
    assert named
    assert named <= targets
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert link.startswith("http") or (ROOT / "docs" / link).exists(), link
