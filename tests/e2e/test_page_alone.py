"""The page in a real browser, before a stand-in for the router: every feature, without a supergraph."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import chromium, visit
from tests.support.page_server import PageServer, page_server

pytestmark = pytest.mark.e2e
STUDENT = "student1@learn.test (STUDENT)"


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Iterator[Page]:
    with visit(browser) as visited:
        visited.page.goto(server.url)
        visited.page.get_by_label("Execute query").wait_for()
        yield visited.page
        assert visited.complaints == []


def sign_in(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).click()


def test_one_click_signs_in_and_the_first_example_answers(page: Page, server: PageServer) -> None:
    expect(page.get_by_role("status")).to_have_text("Not signed in")
    sign_in(page, STUDENT)
    expect(page.get_by_role("status")).to_have_text(f"Signed in as {STUDENT}")
    page.get_by_label("Execute query").click()
    answer = page.locator(".graphiql-response")
    expect(answer).to_contain_text("student1@learn.test")
    expect(answer).to_contain_text("Graphs")
    expect(answer).to_contain_text("HTTP 200")
    assert server.requests[-1] == ("POST", "/graphql", "Bearer student1@learn.test|1")


def test_signing_in_survives_a_reload_and_ends_with_sign_out(page: Page, server: PageServer) -> None:
    sign_in(page, STUDENT)
    page.get_by_role("button", name="Sign out").wait_for()
    page.reload()
    expect(page.get_by_role("status")).to_have_text(f"Signed in as {STUDENT}")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("Not signed in")
    page.get_by_label("Execute query").click()
    expect(page.locator(".graphiql-response")).to_contain_text('"enrollment": null')
    assert server.requests[-1] == ("POST", "/graphql", None)


def test_a_refused_sign_in_says_why(page: Page) -> None:
    sign_in(page, "student2@learn.test (STUDENT)")
    expect(page.get_by_role("alert")).to_contain_text("The user name or the password is wrong.")
    expect(page.get_by_role("status")).to_have_text("Not signed in")


def test_an_expired_token_is_renewed_unasked(page: Page, server: PageServer) -> None:
    sign_in(page, STUDENT)
    page.get_by_role("button", name="Sign out").wait_for()
    server.valid_tokens.clear()
    page.get_by_label("Execute query").click()
    expect(page.locator(".graphiql-response")).to_contain_text("student1@learn.test")
    assert server.requests[-1] == ("POST", "/graphql", "Bearer student1@learn.test|2")


def test_the_plan_follows_the_operation(page: Page) -> None:
    page.get_by_label("Show Plan").click()
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("2 fetches to 2 services")
    expect(plan.locator("[data-service=users]")).to_contain_text("User.email is resolved by users")
    expect(plan.locator("[data-service=users]")).to_contain_text("at enrollment.user")
    expect(plan).to_contain_text("QueryPlan {")
    page.locator(".graphiql-query-editor .CodeMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("{ nothing }")
    expect(plan.get_by_role("alert")).to_contain_text("Cannot query field 'nothing' on type 'Query'.")
    expect(plan).to_contain_text("The last plan that could be made")


def test_examples_are_named_tabs_and_a_closed_one_comes_back(page: Page) -> None:
    tabs = page.locator(".graphiql-tab-button")
    expect(tabs).to_have_text(["An enrolment", "With a variable"])
    tabs.nth(1).click()
    expect(page.locator(".graphiql-editor-tool")).to_contain_text('"id": "e2"')
    page.get_by_label("Close Tab").nth(1).click()
    expect(tabs).to_have_text(["An enrolment"])
    page.get_by_label("Examples").select_option("With a variable")
    expect(tabs).to_have_text(["An enrolment", "With a variable"])
    expect(page.locator(".graphiql-editor-tool")).to_contain_text('"id": "e2"')


def test_the_page_asks_no_one_but_the_router(page: Page, server: PageServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.get_by_label("Open settings dialog").click()
    page.get_by_text("Clear storage").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []


def test_an_operation_run_right_after_its_tab_was_opened_goes_by_its_own_name(page: Page) -> None:
    tabs = page.locator(".graphiql-tab-button")
    for name in ("With a variable", "An enrolment", "With a variable"):
        # In one go in the browser: a person is rarely this quick, and GraphiQL not always.
        page.evaluate(
            """name => {
                [...document.querySelectorAll('.graphiql-tab-button')].find(tab => tab.textContent === name).click();
                document.querySelector('.graphiql-execute-button').click();
            }""",
            name,
        )
        expect(page.locator(".graphiql-response")).to_contain_text('"enrollment": null')
    assert tabs.count() == 2
