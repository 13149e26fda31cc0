"""Changes of files, however they come about."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from router.config.problem import InvalidConfiguration
from router.errors import CompositionFailed
from router.server.sources import ComposedSource, FileSource
from router.server.watch import watch_files


@asynccontextmanager
async def watching(files: Callable[[], list[Path]]) -> AsyncIterator[Callable[[], "asyncio.Future[None]"]]:
    """Watch in the background; the function that is given waits for the next change."""
    changes: asyncio.Queue[None] = asyncio.Queue()

    async def watch() -> None:
        async for _ in watch_files(files):
            changes.put_nowait(None)

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.3)
    try:
        yield lambda: asyncio.ensure_future(asyncio.wait_for(changes.get(), 60))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_written_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    async with watching(lambda: [file]) as change:
        file.write_text("2")
        await change()
        (tmp_path / "b").write_text("3")
        os.replace(tmp_path / "b", file)
        await change()
        file.unlink()
        await change()
        file.write_text("4")
        await change()


async def test_a_mounted_folder_that_is_swapped_by_a_link(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "file").write_text(version)
    (tmp_path / "data").symlink_to("1")
    file = tmp_path / "file"
    file.symlink_to("data/file")
    async with watching(lambda: [file]) as change:
        (tmp_path / "next").symlink_to("2")
        os.replace(tmp_path / "next", tmp_path / "data")
        await change()
    assert file.read_text() == "2"


async def test_equal_content_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    async with watching(lambda: [file]) as change:
        file.write_text("1")
        (tmp_path / "other").write_text("x")
        waiting = change()
        await asyncio.sleep(0.6)
        assert not waiting.done()
        file.write_text("2")
        await waiting


async def test_files_that_join_later(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "folder" / "b"
    first.write_text("1")
    second.parent.mkdir()
    second.write_text("1")
    files = [first]
    async with watching(lambda: files) as change:
        files.append(second)
        first.write_text("2")
        await change()
        await asyncio.sleep(0.3)
        second.write_text("2")
        await change()


def test_what_sources_watch(tmp_path: Path) -> None:
    assert FileSource(tmp_path / "a").watched() == [tmp_path / "a"]
    assert ComposedSource(tmp_path / "a").watched() == [tmp_path / "a"]


async def test_a_composed_source_watches_its_schemas_even_while_one_is_missing_or_bad(tmp_path: Path) -> None:
    (tmp_path / "supergraph.yaml").write_text("subgraphs: {one: {routing_url: http://a/, schema: {file: one.graphql}}}")
    source = ComposedSource(tmp_path / "supergraph.yaml")
    with pytest.raises(InvalidConfiguration):
        await source.load()
    assert source.watched() == [tmp_path / "supergraph.yaml", tmp_path / "one.graphql"]
    (tmp_path / "one.graphql").write_text("type Query { a: Missing }")
    with pytest.raises(CompositionFailed):
        await source.load()
    assert source.watched() == [tmp_path / "supergraph.yaml", tmp_path / "one.graphql"]
    (tmp_path / "one.graphql").write_text("type Query { a: Int }")
    first = await source.load()
    assert (await source.load()).id == first.id
