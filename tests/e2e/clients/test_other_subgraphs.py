"""One graph over subgraphs by four other makers, composed from what each says of itself by `_service { sdl }`."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from dev.product import COMMANDS
from tests.e2e.clients.packages import JAVASCRIPT, PYTHON, needs_both, needs_node
from tests.support.free_ports import free_ports
from tests.support.launched import ask

pytestmark = [pytest.mark.e2e, needs_node, needs_both]
SUBGRAPHS = {
    "products": ["node", str(JAVASCRIPT / "apollo_subgraph.mjs")],
    "reviews": ["node", str(JAVASCRIPT / "yoga_subgraph.mjs")],
    "stock": [str(PYTHON), str(PYTHON.parents[2] / "ariadne_subgraph.py")],
    "prices": [str(PYTHON), str(PYTHON.parents[2] / "graphene_subgraph.py")],
}
PATHS = {"reviews": "/graphql"}


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < end, f"{command} does not listen"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a router that composed the four at its start."""
    folder = tmp_path_factory.mktemp("graph")
    router_port, *ports = free_ports(1 + len(SUBGRAPHS))
    lines = ["subgraphs:"]
    for (name, _), port in zip(SUBGRAPHS.items(), ports, strict=True):
        lines += [f"  {name}:", "    schema:", f"      subgraph_url: http://127.0.0.1:{port}{PATHS.get(name, '/')}"]
    (folder / "supergraph.yaml").write_text("\n".join(lines) + "\n")
    with ExitStack() as open_processes:
        for command, port in zip(SUBGRAPHS.values(), ports, strict=True):
            open_processes.enter_context(running([*command, str(port)], port))
        router = [str(COMMANDS / "router"), "serve", "--config", str(folder / "supergraph.yaml"), "--dev"]
        open_processes.enter_context(running([*router, "--listen", f"127.0.0.1:{router_port}"], router_port))
        yield f"http://127.0.0.1:{router_port}"


def test_one_query_over_all_four(graph: str) -> None:
    query = """{
      currency
      products {
        name
        price
        inStock
        shipping
        reviews { stars author { __typename ... on Person { name } ... on Bot { version } } }
      }
    }"""
    assert ask(graph, query) == {
        "data": {
            "currency": "EUR",
            "products": [
                {
                    "name": "Pencil",
                    "price": 9.5,
                    "inStock": True,
                    "shipping": 6,
                    "reviews": [{"stars": 5, "author": {"__typename": "Person", "name": "Ada"}}],
                },
                {
                    "name": "Desk",
                    "price": 19.0,
                    "inStock": False,
                    "shipping": 120,
                    "reviews": [{"stars": 3, "author": {"__typename": "Bot", "version": 7}}],
                },
            ],
        }
    }


def test_an_entity_from_the_smallest_of_them_to_all_others(graph: str) -> None:
    query = "{ cheapest { name price inStock shipping reviews { stars } } latest { stars } }"
    assert ask(graph, query) == {
        "data": {
            "cheapest": {
                "name": "Pencil",
                "price": 9.5,
                "inStock": True,
                "shipping": 6,
                "reviews": [{"stars": 5}],
            },
            "latest": {"stars": 5},
        }
    }


def test_a_mutation_then_entities(graph: str) -> None:
    query = 'mutation { rename(id: "2", name: "Table") { name price inStock } }'
    assert ask(graph, query) == {"data": {"rename": {"name": "Table", "price": 19.0, "inStock": False}}}
