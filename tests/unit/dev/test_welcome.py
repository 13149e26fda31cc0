"""The printed commands say what a shell, curl and sed need; router.yaml's examples are what they ask."""

import json
import shlex
import subprocess

from dev.product import ROOT
from dev.welcome import CUT_OUT, read_homepage, welcome

HOMEPAGE = read_homepage(ROOT / "router.yaml")


def test_the_projects_own_page_offers_the_seeded_accounts_and_the_query_first() -> None:
    accounts = {each["label"]: each["variables"] for each in HOMEPAGE["sign_in"]["accounts"]}
    assert [variables["username"] for variables in accounts.values()] == [
        "admin@learn.test",
        "instructor@learn.test",
        "student1@learn.test",
        "student2@learn.test",
    ]
    assert {variables["password"] for variables in accounts.values()} == {"learn-graphs-together"}
    first = " ".join(HOMEPAGE["examples"][0]["query"].split())
    assert first.startswith("{ enrollment(id: ")
    assert first.endswith('") { user { email } course { title } } }')
    assert {example.get("account") for example in HOMEPAGE["examples"]} <= {None, *accounts}


def test_it_names_the_address_each_account_and_pasteable_commands() -> None:
    text = welcome("http://127.0.0.1:4100", HOMEPAGE)
    assert "Open http://127.0.0.1:4100/" in text
    for account in HOMEPAGE["sign_in"]["accounts"]:
        assert account["label"] in text
    assert text.count("curl -sS http://127.0.0.1:4100/graphql") == 2
    bodies = [word for word in shlex.split(text.replace("$(", " ").replace(")\n", "\n")) if word.startswith("{")]
    asked = [json.loads(body) for body in bodies]
    assert asked[0]["variables"]["username"] == "student1@learn.test"
    assert "enrollment(id:" in asked[1]["query"]


def test_a_page_without_sign_in_or_examples_is_fine() -> None:
    assert "curl" not in welcome("http://127.0.0.1:4000", {})
    text = welcome("http://127.0.0.1:4000", {"examples": [{"name": "a", "query": "{ a }", "variables": {"b": 1}}]})
    assert """-d '{"query": "{ a }", "variables": {"b": 1}}'""" in text
    assert "TOKEN" not in text


def test_the_token_is_cut_out_of_an_answer_however_it_is_spaced() -> None:
    for separators in ((",", ":"), (", ", ": ")):
        answer = json.dumps({"data": {"tokenAuth": {"accessToken": "a.b-c_d", "x": 1}}}, separators=separators)
        cut = subprocess.run(["sh", "-c", CUT_OUT % "accessToken"], input=answer, capture_output=True, text=True)
        assert cut.stdout.strip() == "a.b-c_d"
