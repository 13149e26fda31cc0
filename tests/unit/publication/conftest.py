"""A cluster, and a supergraph of two teams published to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from router.publication.cluster import Cluster
from router.publication.published import PublishedSubgraph, write_entries
from tests.support.fake_cluster import FakeCluster, fake_cluster

HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
USERS = HEAD + 'type Query { user: User } type User @key(fields: "id") { id: ID! email: String name: String }'
COURSES = (
    HEAD
    + "type Query { course: Course } type Course { title: String author: User } "
    + 'type User @key(fields: "id") { id: ID! }'
)


def subgraph(name: str, sdl: str) -> PublishedSubgraph:
    return PublishedSubgraph(name, f"http://{name}:4001/graphql", sdl)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """The ConfigMap is there and empty, as the router's chart makes it."""
    with fake_cluster() as started:
        started.put_config_map("supergraph", {})
        yield started


@pytest.fixture
def store(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv("KUBECONFIG", str(cluster.write_kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "kubeconfig"))
    for name in ("KUBERNETES_SERVICE_HOST", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    return Cluster()


def published(*subgraphs: PublishedSubgraph) -> dict[str, str]:
    """The entries of a ConfigMap with these subgraphs."""
    from router import compose

    ordered = sorted(subgraphs, key=lambda each: each.name)
    composition = compose({each.name: (each.url, each.sdl) for each in ordered})
    assert composition.supergraph_sdl is not None, composition.errors
    return write_entries({}, ordered, composition.supergraph_sdl)
