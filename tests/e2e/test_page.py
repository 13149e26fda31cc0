"""One query across three services, by clicks in a real browser, on the whole product as `make up` starts it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import chromium, visit
from tests.support.launched import Launched

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, product: Launched) -> Iterator[Page]:
    with visit(browser) as visited:
        visited.page.goto(f"{product.url}/")
        visited.page.get_by_label("Execute query").wait_for()
        yield visited.page
        assert visited.complaints == []


def test_one_click_and_the_first_example_answers_from_three_services(page: Page) -> None:
    page.get_by_role("button", name="student1@learn.test").click()
    expect(page.get_by_role("status")).to_have_text("Signed in as student1@learn.test (STUDENT)")
    page.get_by_label("Execute query").click()
    answer = page.locator(".graphiql-response")
    expect(answer).to_contain_text('"email": "student1@learn.test"')
    expect(answer).to_contain_text('"title": "Introduction to GraphQL"')


def test_the_plan_of_the_first_example_asks_each_service_once(page: Page) -> None:
    page.get_by_label("Show Plan").click()
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("3 fetches to 3 services")
    for service in ("enrollments", "users", "courses"):
        fetch = plan.locator(f"[data-service={service}]")
        expect(fetch).to_have_count(1)
        expect(fetch.locator(".plan-reasons li").first).not_to_be_empty()
    expect(plan.locator("pre.plan-text")).to_contain_text("QueryPlan {")


def test_every_example_answers_without_an_error_as_its_account(page: Page) -> None:
    tabs = page.locator(".graphiql-tab-button")
    answer = page.locator(".graphiql-response")
    for index in range(tabs.count()):
        tabs.nth(index).click()
        wanted = page.locator(".bar-account-wanted")
        if wanted.count():
            wanted.click()
            expect(wanted).to_have_count(0)
        page.get_by_label("Execute query").click()
        expect(answer).to_contain_text('"data": {')
        expect(answer).not_to_contain_text('"errors"')


def test_the_schema_is_there_to_explore(page: Page) -> None:
    page.get_by_label("Show Documentation Explorer").click()
    expect(page.get_by_role("link", name="Mutation")).to_be_visible()
