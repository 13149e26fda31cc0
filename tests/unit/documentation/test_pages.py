"""What the pages say is so: links lead somewhere, commands and settings exist, figures are those of their source."""

import re
from pathlib import Path

import pytest
import yaml

from router.cli.program import COMMANDS
from router.config.reference import setting_keys, settings_schema
from router.config.unsupported import UNSUPPORTED
from router.federation.versions import FEDERATION_VERSIONS, known_directives

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])
MIGRATION, SUPPORT, CLIENTS = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("migration", "support", "clients")
)


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


# Decisions tell what was, and may name what is no more.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "decisions"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_commands_of_the_router_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "migration.md":
        text = re.sub(r"^\| `[^|]*\|", "", text, flags=re.MULTILINE)  # its first column is about other programs
    said = re.findall(
        r"^ {4}(?:\.venv/bin/)?router ([a-z-]+)|`(?:\.venv/bin/)?router ([a-z-]+)[ `]", text, re.MULTILINE
    )
    assert {first or second for first, second in said} <= set(COMMANDS)


def test_every_setting_that_migration_names_works() -> None:
    section = MIGRATION.partition("## Settings of the reference router that work\n")[2].partition("\n## ")[0]
    named = [
        key for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for key in re.findall(r"`([^`]+)`", row)
    ]
    known = setting_keys(settings_schema())
    assert len(named) > 30
    for key in named:
        assert any(f"{each}.".replace("[].", ".").startswith(f"{key}.") for each in known), key


def test_every_setting_that_does_not_work_is_in_migration() -> None:
    section = MIGRATION.partition("## Settings that don't work here\n")[2].partition("\n## ")[0]
    rows = [f"| `{key}` | {remedy or 'remove it'} |" for key, remedy in UNSUPPORTED.items()]
    assert [row for row in section.splitlines() if row.startswith("| `")] == rows, "\n".join(["it should be:", *rows])


def test_every_directive_of_federation_is_in_support() -> None:
    last = FEDERATION_VERSIONS[-1]
    assert f"from v2.0 to v{last[0]}.{last[1]}" in SUPPORT
    table = SUPPORT.partition("## Federation\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`@([A-Za-z]+)`", table))
    assert known_directives() <= named
    assert named - known_directives() == {"link", "connect", "source"}


def test_figures_of_the_comparison_are_those_of_the_benchmark() -> None:
    measured = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    names = {"this router": "this router, none", "Hive Router": "hive-router 0.2.0, none"}
    names["@apollo/gateway"] = "@apollo/gateway 2.14.4"
    cases = {"a deep operation": ("deep", 2), "a small operation": ("small", 2), "an operation never": ("cold", 2)}
    cases["memory with small"] = ("small", -1)
    columns = next(row for row in SUPPORT.splitlines() if row.startswith("| | this router |")).split(" | ")
    for start, (case, cell) in cases.items():
        row = next(row for row in SUPPORT.splitlines() if row.startswith(f"| {start}")).split(" | ")
        for name, told in zip(columns, row, strict=True):
            source = names.get(name.strip(" |"))
            if source is not None:
                line = next(each for each in measured.splitlines() if each.startswith(f"| {case} | {source} |"))
                assert line.strip("| ").split(" | ")[cell + 1 if cell > 0 else cell] == told.strip(" |").split()[0]


def test_the_versions_of_clients_are_those_that_tests_use() -> None:
    clients = ROOT / "tests" / "e2e" / "clients" / "javascript"
    locked = yaml.safe_load((clients / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    pins = dict(re.findall(r"^([a-z-]+)==(\S+)", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE))
    audit = yaml.safe_load((ROOT / "tests/platform/graphql_http_audit/package-lock.json").read_text())["packages"]
    for name, version in {
        "gql (Python)": pins["gql"],
        "Apollo Client": ", ".join(locked[f"node_modules/apollo-client-{major}"]["version"] for major in (3, 4)),
        "urql": locked["node_modules/@urql/core"]["version"],
        "graphql-request": locked["node_modules/graphql-request"]["version"],
        "Relay": locked["node_modules/relay-runtime"]["version"],
        "graphql-http's server audit": audit["node_modules/graphql-http"]["version"],
    }.items():
        assert f"| {name} | {version} |" in CLIENTS
