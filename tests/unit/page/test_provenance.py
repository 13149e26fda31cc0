"""The committed build of the page is what its record says, and was made from the sources as they are now."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ASSETS = ROOT / "router" / "server" / "page" / "assets"
PROVENANCE = (ASSETS / "PROVENANCE.md").read_text()
BUILD_INPUTS = ["build.mjs", "package.json", "package-lock.json", "tsconfig.json"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_every_asset_has_its_recorded_hash() -> None:
    recorded = dict(re.findall(r"^\| (\S+) \| \d+ \| ([0-9a-f]{64}) \|$", PROVENANCE, re.MULTILINE))
    committed = {file.name: sha256(file.read_bytes()) for file in ASSETS.iterdir() if file.name != "PROVENANCE.md"}
    assert committed == recorded


def test_the_build_is_not_older_than_its_sources() -> None:
    page = ROOT / "page"
    names = [file.relative_to(page).as_posix() for file in (page / "src").rglob("*") if file.is_file()]
    lines = "".join(f"{sha256((page / name).read_bytes())}  {name}\n" for name in sorted([*names, *BUILD_INPUTS]))
    assert f"Sources: `{sha256(lines.encode())}`" in PROVENANCE, "page/ has changed since the build: run `make page`"


@pytest.mark.parametrize("name", ["app.css", "index.html"])
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    text = (ASSETS / name).read_text()
    assert re.findall(r"(?:src|href)=[\"']https?:|url\([\"']?https?:|@import", text) == []


def test_the_page_bears_a_strict_content_security_policy() -> None:
    html = (ASSETS / "index.html").read_text()
    assert "<style" not in html
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"\s(?:on\w+|style)=", html) == []


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "page" / "package-lock.json").read_text()
