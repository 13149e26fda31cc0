"""A setting for a subgraph that isn't there is told in the log, with the name that was probably meant."""

import pytest

from router import compose
from router.config.load import SettingsSources, load_settings
from router.server.app import build_app
from router.server.sources import FixedSource, load_sdl

SETTINGS = """\
override_subgraph_url: {user: "http://users.test/graphql"}
headers: {subgraphs: {users: {}, billing: {}}}
traffic_shaping: {subgraphs: {users: {timeout: 1s}}}
authentication: {subgraph: {subgraphs: {usres: {hmac: {secrets: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}}}}
"""


async def test_each_unknown_name_is_told_once_a_supergraph(caplog: pytest.LogCaptureFixture) -> None:
    composed = compose({"users": ("http://users.test/graphql", "type Query { a: Int }")})
    assert composed.supergraph_sdl is not None
    app = build_app(
        FixedSource(load_sdl(composed.supergraph_sdl)), load_settings(SettingsSources(SETTINGS)), {}, watch=False
    )
    await app.router_state.start()
    await app.router_state.aclose()
    told = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert sorted(told) == [
        "The setting authentication.subgraph.subgraphs.usres is for no subgraph of this supergraph; did you mean "
        '"users"?',
        "The setting headers.subgraphs.billing is for no subgraph of this supergraph; known subgraphs: users",
        'The setting override_subgraph_url.user is for no subgraph of this supergraph; did you mean "users"?',
    ]
    assert "aaaa" not in caplog.text
