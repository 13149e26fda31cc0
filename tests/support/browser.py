"""A real, headless Chromium for the tests that look at the page as a person does.

Enters: nothing but an installed Chromium. Leaves: a fresh page for each visit, closed with all it stored.
Invariant: the browser talks to loopback alone, and what it complains about in its console is kept.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# More patient than a person: the machines that run tests are busy.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visit:
    page: Page
    complaints: list[str] = field(default_factory=list)


def chromium_path() -> str:
    """The installed Chromium; without one a person's run skips, and a CI run fails."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is not None:
        return found
    reason = "Chromium is not installed (Debian: apt-get install chromium)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser) -> Iterator[Visit]:
    """A page of its own: no cookie, storage or cache of another visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(context.new_page())
    visit.page.on("console", lambda message: note_console(visit, message.type, message.text))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        yield visit
    finally:
        context.close()


def note_console(visit: Visit, kind: str, text: str) -> None:
    # A refused request is logged by the browser itself; whether it was right is for the test to say.
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        visit.complaints.append(text)
