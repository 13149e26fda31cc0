"""The running product, asked by the JavaScript clients that applications use."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dev.product import COMMANDS, ROOT
from tests.e2e.clients.packages import JAVASCRIPT, needs_node
from tests.support.launched import Launched, environment, sign_in

pytestmark = [pytest.mark.e2e, needs_node]


def observe(product: Launched, module: str, *arguments: str) -> Any:
    """Return what `javascript/MODULE.mjs` saw, signed in as a student."""
    token = sign_in(product.url, "student1@learn.test")
    done = subprocess.run(
        ["node", "observe.mjs", module, f"{product.url}/graphql", token, *arguments],
        cwd=JAVASCRIPT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("major", ["3", "4"])
def test_apollo_client(product: Launched, major: str) -> None:
    seen = observe(product, "apollo_client", major)
    assert seen["query"]["courses"]["totalCount"] == 2
    assert seen["query"]["courses"]["edges"][0]["node"]["instructor"]["displayName"] == "Ivan Instructor"
    assert seen["cached"]
    assert seen["mutation"]["tokenAuth"]["accessToken"].count(".") == 2
    assert seen["error"]["codes"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert "Did you mean 'title'?" in seen["error"]["messages"][0]
    # The title is there before the teacher is.
    assert seen["deferred"].startswith("multipart/mixed")
    assert seen["parts"][0] == {"title": "Introduction to GraphQL", "teacher": None}
    assert seen["parts"][-1] == {"title": "Introduction to GraphQL", "teacher": "Ivan Instructor"}
    # The hash is asked about by GET; the document follows once; from then on the hash is enough.
    assert seen["persisted"]["answers"] == [2, 1]
    methods = [sent.split()[0] for sent in seen["persisted"]["sent"]]
    assert methods == ["GET", "POST", "GET"]


def test_urql(product: Launched) -> None:
    assert observe(product, "urql_client") == {
        "query": {"courses": {"totalCount": 2}},
        "by_get": {"courses": {"totalCount": 1}},
        "wrong": ["Cannot query field 'titel' on type 'Course'. Did you mean 'title'?"],
        "mutation": ["INVALID_CREDENTIALS"],
        "deferred": {"displayName": "Ivan Instructor"},
        "methods": ["POST", "GET", "POST", "POST", "POST"],
    }


def test_graphql_request(product: Launched) -> None:
    assert observe(product, "graphql_request") == {
        "query": {"courses": {"totalCount": 2}},
        "raw": [200, {"whoami": {"email": "student1@learn.test"}}],
        "wrong": {
            "name": "ClientError",
            "status": 400,
            "message": "Cannot query field 'titel' on type 'Course'. Did you mean 'title'?",
        },
        "missing": "BAD_USER_INPUT",
        # Batches are off in the product.
        "batch": 400,
    }


def test_relay(product: Launched, tmp_path: Path) -> None:
    schema = tmp_path / "schema.graphql"
    written = subprocess.run(
        [COMMANDS / "router", "api-schema", "supergraph.yaml", "--output", schema],
        cwd=ROOT,
        env=environment(product.ports, tmp_path),
        capture_output=True,
        text=True,
    )
    assert written.returncode == 0, written.stderr
    seen = observe(product, "relay", str(schema), str(tmp_path))
    assert seen["artifacts"] == ["sourceCardsQuery.graphql.js", "source_card.graphql.js"]
    assert seen["hasNextPage"] is True
    assert seen["titles"] == [["Introduction to GraphQL"], ["Federated graphs in practice"]]
