"""What a dry run says is what happens, and it leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.domain.documents import PartitionedText, SourceFailure
from memory.domain.errors import Unsupported
from memory.ingest.foreseeing import foresee
from memory.testing.surroundings import NOON
from tests.unit.ingest.test_containers import UnpackingPartitioner, packed
from tests.worlds.building import World, a_world, document, unreadable


class ChoosyPartitioner(UnpackingPartitioner):
    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        if name.endswith(".mp4"):
            raise Unsupported(f"{media_type} is not a format this deployment reads.")
        return super().partition(content, media_type, name)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world(partitioner=ChoosyPartitioner()) as world:
        yield world


def kept(home: Path) -> set[tuple[str, int]]:
    """Return the files of a home that hold what was brought in."""
    return {(str(path), path.stat().st_size) for path in (home / "raw").rglob("*") if path.is_file()}


def test_a_dry_run_says_what_happens_and_writes_nothing(world: World) -> None:
    """Fails when a raw file is kept, or when a fate is told that ingesting does not bring."""
    source = world.source("share", "everyone")
    old = document("old.md", "known text", NOON)
    world.bring(source, old)
    events = [
        old,
        document("new.md", "new text", NOON),
        document("a.zip", packed({"in.txt": "inside", "clip.mp4": "x"}), NOON),
        unreadable("broken.txt", NOON),
        document("film.mp4", b"x", NOON, media_type="video/mp4"),
        document("a!/b", "posing", NOON),
        SourceFailure("lost.txt", "It could not be opened."),
    ]
    home, revision = world.services.settings.home, _revision(world)
    before = kept(home)
    assert before
    told = {one.external_id: one for one in foresee(events, source, world.services.writing)}
    assert {name: one.fate for name, one in told.items()} == {
        "old.md": "unchanged",
        "new.md": "read",
        "a.zip": "read",
        "a.zip!/in.txt": "read",
        "a.zip!/clip.mp4": "unsupported",
        "broken.txt": "quarantined",
        "film.mp4": "unsupported",
        "a!/b": "failed",
        "lost.txt": "failed",
    }
    assert (told["new.md"].format, told["new.md"].size) == ("text/markdown", 8)
    assert (kept(home), _revision(world)) == (before, revision)
    same = {"unsupported": "quarantined", "read": "added"}
    outcomes = {one.external_id: one for one in world.bring(source, *events)}
    assert {name: one.change for name, one in outcomes.items()} == {
        name: same.get(one.fate, one.fate) for name, one in told.items()
    }
    assert {name: one.reason for name, one in outcomes.items()} == {name: one.reason for name, one in told.items()}


def _revision(world: World) -> object:
    with world.services.catalogue.read() as session:
        return session.access.position(), [one.id for one in session.documents.page(after="", limit=100)]
