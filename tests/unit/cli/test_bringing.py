from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.cli.bringing import bring_in
from memory.domain.errors import Conflict
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.syncs import SyncRun, SyncState
from memory.ingest.claiming import begin
from memory.ingest.registering import source_of
from tests.worlds.building import World, a_world

ADA = PrincipalToken.parse("user:ada")


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        yield world


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "leave.md").write_text("# Leave\n\nThirty days.")
    return source_of("files", "filesystem", str(folder), "team", {"allow": ["everyone"]})


def last(world: World) -> SyncRun:
    with world.services.catalogue.read() as session:
        return session.sources.last_syncs()["files"]


def test_what_the_command_brings_in_is_on_record_as_a_sync(world: World, source: Source) -> None:
    assert [one.change for one in bring_in(source, world.services, ADA, quiet=True)] == ["added"]
    assert (last(world).state, last(world).counts, last(world).requested_by) == (SyncState.COMPLETED, {"added": 1}, ADA)
    assert b"source:sync:completed" in world.leaves()


def test_an_interrupted_command_says_what_is_durable(
    world: World, source: Source, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interruption comes while the index follows. Bites: telling what was told, which is nothing by then."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(world.services), "publish", interrupt)  # stands in for a key that somebody presses
    with pytest.raises(KeyboardInterrupt):
        bring_in(source, world.services, ADA, quiet=True)
    assert "So far: 1 added." in capsys.readouterr().err
    assert (last(world).state, last(world).counts) == (SyncState.INTERRUPTED, {"added": 1})


def test_the_command_does_not_read_what_another_process_reads(world: World, source: Source) -> None:
    bring_in(source, world.services, ADA, quiet=True)
    begin("files", ADA, world.services.syncing)
    with pytest.raises(Conflict, match="wait for it to end"):
        bring_in(source, world.services, ADA, quiet=True)
