"""The walk over a folder: what it refuses, what it remembers, what it calls gone."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.filesystem import FilesystemConnector
from connectors.filesystem.checkpoint import FileMark, FilesystemCheckpoint
from connectors.filesystem.walk import MAX_DEPTH, Found, Obstacle, Refused, read, walk
from connectors.protocol import MAX_CHECKPOINT_BYTES
from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Misconfigured, SourceFailed


def connector(root: Path, **settings: object) -> FilesystemConnector:
    return FilesystemConnector.from_settings(
        source="policies", location=str(root), settings={"allow": ["group:staff"], **settings}
    )


def documents(events: Sequence[SourceEvent]) -> dict[str, bytes]:
    return {event.external_id: event.content for event in events if isinstance(event, SourceDocument)}


def failures(events: Sequence[SourceEvent]) -> dict[str, str]:
    return {event.external_id: event.reason for event in events if isinstance(event, SourceFailure)}


def deletions(events: Sequence[SourceEvent]) -> list[str]:
    return [event.external_id for event in events if isinstance(event, SourceDeletion)]


def checkpoint(events: Sequence[SourceEvent]) -> str:
    last = events[-1]
    assert isinstance(last, SourceCheckpoint)
    return last.body


def found(folder: Path, name: str) -> tuple[Found, int]:
    descriptor = os.open(folder, os.O_RDONLY)
    return Found(name, name, descriptor, os.stat(name, dir_fd=descriptor, follow_symlinks=False)), descriptor


def test_a_link_is_a_failure_wherever_it_leads(tmp_path: Path) -> None:
    """Fails when a link is opened: its target's permission is not the one of this tree."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    (root / "file.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    events = list(connector(root).full())
    assert documents(events) == {}
    assert set(failures(events)) == {"file.md", "folder", "loop"}


def test_the_location_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("a")
    (tmp_path / "current").symlink_to(tmp_path / "real")
    assert documents(list(connector(tmp_path / "current").full())) == {"a.md": b"a"}


def test_a_file_swapped_for_a_link_after_the_listing_is_not_followed(tmp_path: Path) -> None:
    """Fails when files are opened without O_NOFOLLOW."""
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "secret").write_text("s")
    entry, descriptor = found(tmp_path, "a.md")
    (tmp_path / "a.md").unlink()
    (tmp_path / "a.md").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused):
        read(entry, 1000)
    os.close(descriptor)


def test_a_folder_swapped_for_a_link_after_the_listing_is_not_followed(tmp_path: Path) -> None:
    """Fails when folders are opened by path, or without O_NOFOLLOW."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    (root / "z.md").write_text("z")
    entries = walk(root)
    assert next(entries).path == "z.md"  # sub, which comes before it by name, has been looked at
    (root / "sub").rmdir()
    (root / "sub").symlink_to(outside)
    assert [(type(entry), entry.path) for entry in entries] == [(Obstacle, "sub")]


def test_a_file_that_vanishes_or_turns_into_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """Fails when a pipe is opened for reading without O_NONBLOCK: nobody ever writes."""
    (tmp_path / "a.md").write_text("a")
    entry, descriptor = found(tmp_path, "a.md")
    (tmp_path / "a.md").unlink()
    with pytest.raises(Refused, match="cannot be read"):
        read(entry, 1000)
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(Refused, match="regular"):
        read(entry, 1000)
    os.close(descriptor)


def test_special_files_large_files_and_odd_names_are_failures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.md").write_bytes(b"x" * 11)
    (tmp_path / "fits.md").write_bytes(b"x" * 10)
    (tmp_path / os.fsdecode(b"odd\xff.md")).write_text("odd")
    events = list(connector(tmp_path, max_bytes=10).full())
    assert documents(events) == {"fits.md": b"x" * 10}
    assert set(failures(events)) == {"pipe", "large.md", "odd\\xff.md"}
    assert "max_bytes" in failures(events)["large.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser can read everything")
def test_what_is_locked_is_a_failure_and_never_gone(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    before = list(connector(tmp_path).full())
    (tmp_path / "b.md").chmod(0)
    (tmp_path / "b.md").touch()
    (tmp_path / "locked").chmod(0)
    after = list(connector(tmp_path).incremental(checkpoint(before)))
    (tmp_path / "locked").chmod(0o700)
    assert set(failures(after)) == {"b.md", "locked"}
    assert deletions(after) == []


def test_nothing_below_a_folder_that_cannot_be_listed_counts_as_gone(tmp_path: Path) -> None:
    """Fails when an obstacle looks like an empty folder."""
    (tmp_path / "z.md").write_text("z")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.md").write_text("b")
    before = checkpoint(list(connector(tmp_path).full()))
    (tmp_path / "z.md").write_text("changed")
    events = connector(tmp_path).incremental(before)
    assert isinstance(next(events), SourceDocument)
    (tmp_path / "sub" / "b.md").unlink()
    (tmp_path / "sub").rmdir()
    (tmp_path / "sub").symlink_to("/etc")
    after = list(events)
    assert set(failures(after)) == {"sub"}
    assert deletions(after) == []


def test_folders_nested_too_deeply_are_reported(tmp_path: Path) -> None:
    """Fails when the depth of a tree can exhaust descriptors or the stack."""
    deepest = tmp_path.joinpath(*["d"] * (MAX_DEPTH + 1))
    deepest.mkdir(parents=True)
    (deepest / "a.md").write_text("a")
    (deepest.parent.parent / "b.md").write_text("b")
    events = list(connector(tmp_path).full())
    assert list(documents(events).values()) == [b"b"]
    assert list(failures(events)) == ["/".join(["d"] * MAX_DEPTH)]


def test_hidden_files_and_folders_are_no_documents(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    (tmp_path / ".env").write_text("secret")
    (tmp_path / "a.md").write_text("a")
    assert documents(list(connector(tmp_path).full())) == {"a.md": b"a"}


def test_a_permission_file_in_the_tree_is_just_a_document(tmp_path: Path) -> None:
    """Fails when whoever writes into a tree can say who reads it."""
    (tmp_path / "permissions.json").write_text('{"allow": ["everyone"]}')
    events = list(connector(tmp_path).full())
    assert "permissions.json" in documents(events)
    assert [event for event in events if isinstance(event, SourcePermission)] == list(connector(tmp_path).permissions())


def test_two_names_that_unicode_takes_for_one_do_not_share_a_document(tmp_path: Path) -> None:
    (tmp_path / "Büro.md").write_text("composed")
    (tmp_path / "Bu\u0308ro.md").write_text("decomposed")
    events = list(connector(tmp_path).full())
    assert len(documents(events)) == 1
    assert set(failures(events)) == {"Büro.md"}


def test_the_order_is_that_of_names_files_before_folders(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.md", "a/b/y.md", "c.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(documents(list(connector(tmp_path).full()))) == ["b.md", "c.md", "a/z.md", "a/b/y.md"]


def test_a_file_that_only_looks_newer_is_not_told_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    before = checkpoint(list(connector(tmp_path).full()))
    os.utime(tmp_path / "a.md", (1, 1))
    assert documents(list(connector(tmp_path).incremental(before))) == {}


def test_a_change_that_hides_behind_its_size_and_time_is_told(tmp_path: Path) -> None:
    """Fails when the modification time is trusted by itself: programs set it back."""
    path = tmp_path / "a.md"
    path.write_text("one")
    time.sleep(0.15)  # past the tick of the file system, so that the mark is one to rely on
    before = checkpoint(list(connector(tmp_path).full()))
    status = path.stat()
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert documents(list(connector(tmp_path).incremental(before))) == {"a.md": b"two"}


def test_a_mark_made_within_the_tick_of_the_change_is_not_relied_on(tmp_path: Path) -> None:
    """Fails when a second change in the same instant, with the same size, would never be noticed."""
    path = tmp_path / "a.md"
    path.write_text("a")
    status = path.stat()
    assert not FileMark.of(status, b"", status.st_ctime_ns + 1).same_file(status)
    assert FileMark.of(status, b"", status.st_ctime_ns + 10**9).same_file(status)


def test_absence_is_told_twice_and_presence_resurrects(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    state = checkpoint(list(connector(tmp_path).full()))
    (tmp_path / "a.md").unlink()
    for expected in (["a.md"], ["a.md"], []):
        events = list(connector(tmp_path).incremental(state))
        assert deletions(events) == expected
        assert not any(event.explicit for event in events if isinstance(event, SourceDeletion))
        state = checkpoint(events)
    (tmp_path / "a.md").write_text("a")
    assert documents(list(connector(tmp_path).incremental(state))) == {"a.md": b"a"}


def test_a_document_replaced_by_a_link_is_gone(tmp_path: Path) -> None:
    """Fails when the old text stays current behind a link that is never read."""
    (tmp_path / "a.md").write_text("a")
    state = checkpoint(list(connector(tmp_path).full()))
    (tmp_path / "a.md").unlink()
    (tmp_path / "a.md").symlink_to("/etc/passwd")
    for expected in (["a.md"], ["a.md"], []):
        events = list(connector(tmp_path).incremental(state))
        assert deletions(events) == expected
        state = checkpoint(events)
    assert set(failures(events)) == {"a.md"}


def test_what_is_no_longer_wanted_counts_as_gone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    state = checkpoint(list(connector(tmp_path).full()))
    assert deletions(list(connector(tmp_path, exclude=["*.txt"]).incremental(state))) == ["b.txt"]


def test_a_new_division_into_scopes_tells_every_document_again(tmp_path: Path) -> None:
    """Fails when a folder that became restricted keeps its documents in the wider scope."""
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "a.md").write_text("a")
    state = checkpoint(list(connector(tmp_path).full()))
    events = list(connector(tmp_path, folders={"hr/": {"allow": ["group:hr"]}}).incremental(state))
    assert [event.scope_key for event in events if isinstance(event, SourcePermission)] == ["", "hr"]
    assert [event.scope_key for event in events if isinstance(event, SourceDocument)] == ["hr"]


def test_a_rule_that_names_no_folder_is_a_failure(tmp_path: Path) -> None:
    """Bites: a misspelt rule that is silent, in the first walk or a later one. The twin is the rule that fits."""
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "a.md").write_text("a")
    for folder, failed in (("hr", []), ("HR", ["HR/"])):
        reads = connector(tmp_path, folders={folder: {"allow": ["group:hr"]}})
        events = list(reads.full())
        assert list(failures(events)) == failed
        assert list(failures(list(reads.incremental(checkpoint(events))))) == failed


def test_a_new_permission_is_told_without_any_document(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    state = checkpoint(list(connector(tmp_path).full()))
    events = list(connector(tmp_path, deny=["user:eve"]).incremental(state))
    assert [type(event) for event in events] == [SourcePermission, SourceCheckpoint]


def test_a_long_walk_can_be_resumed_from_the_middle(tmp_path: Path) -> None:
    for number in range(1005):
        (tmp_path / f"{number:04}.md").write_text(str(number))
    events = list(connector(tmp_path).full())
    middle = next(index for index, event in enumerate(events) if isinstance(event, SourceCheckpoint))
    assert middle < len(events) - 1
    told = documents(events[:middle])
    assert len(told) == 1000
    state = events[middle]
    assert isinstance(state, SourceCheckpoint)
    rest = documents(list(connector(tmp_path).incremental(state.body)))
    assert told.keys().isdisjoint(rest)
    assert told | rest == documents(events)


def test_a_table_too_large_for_a_checkpoint_is_left_out() -> None:
    mark = FileMark(1, 2, 3, "x" * 22)
    marks = {f"folder/{number}": mark for number in range(90_000)}
    body = FilesystemCheckpoint("s", "a", marks, ()).body()
    assert len(body) < MAX_CHECKPOINT_BYTES
    assert FilesystemCheckpoint.parse(body) is None
    small = FilesystemCheckpoint("s", "a", {"a.md": mark}, frozenset({"b.md"}))
    assert FilesystemCheckpoint.parse(small.body()) == small


def test_nothing_told_names_a_folder_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").symlink_to(tmp_path)
    assert str(tmp_path) not in repr(list(connector(tmp_path).full()))


def test_a_place_that_is_no_folder_fails_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(SourceFailed):
            connector(place).validate()
    with pytest.raises(Misconfigured):
        FilesystemConnector.from_settings(source="s", location="", settings={})
