"""A stand-in for the router behind the page, so that the page is tested before and without a supergraph.

Enters: HTTP requests of a browser. Leaves: the committed assets, a page config, and answers made up here.
Invariant: every request's method, path and Authorization header is kept in `requests`, for a test to look at.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from graphql import build_schema, graphql_sync, validate
from graphql.error import GraphQLError
from graphql.language import parse

ASSETS = Path(__file__).parents[2] / "router" / "server" / "page" / "assets"
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
# What the router sends with the page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

SCHEMA = build_schema("""
    type Query { "Who asks." whoami: User enrollment(id: ID!): Enrollment }
    type Mutation { tokenAuth(username: String!, password: String!): TokenPair }
    type TokenPair { accessToken: String! }
    type Enrollment { id: ID! user: User course: Course }
    type User { id: ID! email: String }
    type Course { id: ID! title: String! }
""")
ENROLLMENT_QUERY = """{
  enrollment(id: "e1") {
    user {
      email
    }
    course {
      title
    }
  }
}"""
ACCOUNTS = ["admin@learn.test (ADMIN)", "instructor@learn.test (INSTRUCTOR)", "student1@learn.test (STUDENT)"]
CONFIG = {
    "endpoint": "/graphql",
    "plan_endpoint": "/page/plan",
    "sign_in": {
        "operation": "mutation($username: String!, $password: String!) "
        "{ tokenAuth(username: $username, password: $password) { accessToken } }",
        "token_path": "tokenAuth.accessToken",
        "accounts": [
            {"label": label, "variables": {"username": label.split()[0], "password": "right"}} for label in ACCOUNTS
        ]
        + [{"label": "student2@learn.test (STUDENT)", "variables": {"username": "student2", "password": "wrong"}}],
    },
    "examples": [
        {
            "name": "An enrolment",
            "query": ENROLLMENT_QUERY,
            "variables": None,
            "account": "student1@learn.test (STUDENT)",
        },
        {
            "name": "With a variable",
            "query": "query WithAVariable($id: ID!) {\n  enrollment(id: $id) {\n    id\n  }\n}",
            "variables": {"id": "e2"},
            "account": None,
        },
    ],
}
PLAN = {
    "text": 'QueryPlan {\n  Sequence {\n    Fetch(service: "enrollments") {\n      {\n        enrollment(id: "e1")\n'
    "      }\n    }\n  }\n}",
    "fetches": [
        {
            "id": 1,
            "service": "enrollments",
            "operation": '{ enrollment(id: "e1") { user { __typename id } course { __typename id } } }',
            "path": "",
            "reasons": ["Query.enrollment is resolved by enrollments alone"],
        },
        {
            "id": 2,
            "service": "users",
            "operation": "query($representations: [_Any!]!) { _entities(representations: $representations) "
            "{ ... on User { email } } }",
            "path": "enrollment.user",
            "reasons": ["User.email is resolved by users, reached by the key id of User"],
        },
    ],
}


class PageServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PageHandler)
        self.requests: list[tuple[str, str, str | None]] = []
        self.valid_tokens: set[str] = set()
        self.issued = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def issue_token(self, username: str) -> str:
        self.issued += 1
        token = f"{username}|{self.issued}"
        self.valid_tokens.add(token)
        return token


class PageHandler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._note()
        if self.path == "/page/config.json":
            return self._json(200, CONFIG)
        path = "/page/assets/index.html" if self.path == "/" else self.path
        file = ASSETS / Path(path).name
        if path != f"/page/assets/{file.name}" or not file.is_file():
            return self._json(404, {"errors": [{"message": "not found"}]})
        return self._answer(200, CONTENT_TYPES[file.suffix], file.read_bytes())

    def do_POST(self) -> None:
        token = self._note()
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if token is not None and token not in self.server.valid_tokens:
            return self._json(401, {"errors": [{"message": "The token is not valid."}]})
        if self.path == "/page/plan":
            return self._plan(request)
        return self._graphql(request, token)

    def _plan(self, request: dict[str, Any]) -> None:
        try:
            errors = validate(SCHEMA, parse(request["query"]))
        except GraphQLError as error:
            errors = [error]
        if errors:
            return self._json(400, {"errors": [error.formatted for error in errors]})
        return self._json(200, PLAN)

    def _graphql(self, request: dict[str, Any], token: str | None) -> None:
        email = token.split("|")[0] if token else None
        root = {
            "whoami": {"id": "u1", "email": email} if email else None,
            "enrollment": lambda _info, id: (
                {"id": id, "user": {"id": "u1", "email": email}, "course": {"id": "c1", "title": "Graphs"}}
                if email
                else None
            ),
            "tokenAuth": self._token_auth,
        }
        result = graphql_sync(
            SCHEMA, request["query"], root, None, request.get("variables"), request.get("operationName")
        )
        return self._json(200, result.formatted)

    def _token_auth(self, _info: object, username: str, password: str) -> dict[str, str]:
        if password != "right":
            raise GraphQLError("The user name or the password is wrong.")
        return {"accessToken": self.server.issue_token(username)}

    def _note(self) -> str | None:
        header = self.headers.get("authorization")
        self.server.requests.append((self.command, self.path, header))
        return header.removeprefix("Bearer ") if header else None

    def _json(self, status: int, body: object) -> None:
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", CONTENT_SECURITY_POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is for its failures."""


@contextmanager
def page_server() -> Iterator[PageServer]:
    with PageServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
