"""A Federation 2 router: compose, plan and serve a supergraph.

    from router import compose, load_supergraph, plan, create_app

    composition = compose({"users": users_sdl, "courses": courses_sdl})
    supergraph = load_supergraph(composition.supergraph_sdl)
    print(plan(supergraph, "{ users { name } }"))
    app = create_app(supergraph, subgraphs={"users": users_app, "courses": "http://localhost:4002/graphql"})

Importing this package loads none of its parts; each function loads what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from router.errors import RouterError

if TYPE_CHECKING:
    from pathlib import Path

    from router.composition.compose import Composition
    from router.config.settings import Settings
    from router.query_plan.plan import QueryPlan
    from router.server.app import RouterApp
    from router.server.asgi import AsgiApp
    from router.supergraph.model import Supergraph

__all__ = ["RouterError", "compose", "create_app", "load_supergraph", "plan"]


def compose(subgraphs: Mapping[str, str | tuple[str, str]]) -> Composition:
    """Compose subgraphs, given by name as SDL or as ``(url, sdl)``, into a supergraph.

    The result has ``supergraph_sdl`` and ``api_sdl``
    (``None`` where there are errors), ``errors`` and ``hints``, each with ``code``, ``message``, ``subgraphs`` and
    ``coordinates``. Subgraphs that don't compose are no exception.
    """
    from router.composition.compose import compose as compose_all

    return compose_all(subgraphs)


def load_supergraph(sdl: str) -> Supergraph:
    """Read the SDL of a composed supergraph, of join specification v0.1 to v0.5.

    Raises :class:`router.errors.InvalidSupergraph`.
    """
    from router.supergraph.reader import read_supergraph

    return read_supergraph(sdl)


def plan(supergraph: Supergraph, operation_text: str, operation_name: str | None = None) -> QueryPlan:
    """Plan an operation, without running it; ``str()`` of the result is the text form.

    Raises :class:`router.errors.OperationError` for an operation that isn't valid, and
    :class:`router.errors.PlanningError` for one that can't be planned.
    """
    from router.pipeline.prepare import Preparer
    from router.pipeline.settings import PipelineSettings

    preparer = Preparer(supergraph, PipelineSettings(introspection=True))
    tokens = preparer.count(operation_text)
    document = preparer.parse(operation_text)
    preparer.validate(document)
    return preparer.plan(preparer.normalise(document, operation_name, tokens).operation, frozenset())


def create_app(
    supergraph: str | Path | Supergraph | None = None,
    *,
    config: str | Path | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    subgraphs: Mapping[str, AsgiApp | str] | None = None,
    dev: bool = False,
) -> RouterApp:
    """Return the router as an ASGI application.

    ``supergraph`` is a supergraph's SDL, the path of a file with it, or a loaded one; ``config`` is the path of a
    ``supergraph.yaml`` instead. ``settings`` are those of ``router.yaml``. ``subgraphs`` maps names to ASGI
    applications, which are called in process without a socket, or to URLs. ``dev`` turns on introspection, full error
    messages and the page. Raises :class:`router.errors.InputError` for a bad supergraph or bad settings.
    """
    from router.server.app import create_app as create

    return create(supergraph, config=config, settings=settings, subgraphs=subgraphs, dev=dev)
