"""Syncs through the API: a folder is registered, asked for, read by the runner, and told about."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memory.domain.errors import Conflict
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, Role
from memory.ingest.registering import register, source_of
from memory.testing.surroundings import NOON
from tests.worlds.asgi import Response
from tests.worlds.building import World, a_world

MINUTE = timedelta(minutes=1)
BEFORE = (NOON - MINUTE).timestamp()
UNKNOWN = "/syncs/syn_" + "0" * 32


@dataclass(frozen=True)
class Place:
    """A world with a folder that is registered as the source `files`, and the tokens of who asks."""

    world: World
    folder: Path
    operator: str
    auditor: str
    nobody: str

    def ask(self, source: str = "files", token: str | None = None, **wanted: Any) -> Response:
        return self.world.client.post(f"/sources/{source}/sync", token or self.operator, wanted)

    def told(self, path: str, token: str | None = None) -> Any:
        answer = self.world.client.get(path, token or self.operator)
        assert answer.status == 200, answer.body
        return answer.json()

    def sync(self, **wanted: Any) -> Any:
        """Ask for a sync, let the runner take it, and return what is told of it."""
        asked = self.ask(**wanted)
        assert asked.status == 202, asked.body
        self.world.services.sync_runner().run_next()
        return self.told(str(asked.header("location")))


def registered(world: World, folder: Path, name: str = "files") -> Source:
    """Register a folder that everyone may read."""
    wanted = source_of(name, "filesystem", str(folder), "support", {"allow": ["everyone"]})
    return register(wanted, OPERATING, world.services.writing)[0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "files"
    folder.mkdir()
    leave = folder / "leave.md"
    leave.write_text("# Leave\n\nThirty days of leave.")
    os.utime(leave, (BEFORE, BEFORE))  # in force already, by the clock of the world
    (folder / "broken.md").write_bytes(b"\x00\xff\x00")
    with a_world() as world:
        registered(world, folder)
        ada = world.person("ada", "employees")
        yield Place(
            world,
            folder,
            operator=world.token(ada, roles=[Role.OPERATOR], name="operator"),
            auditor=world.token(ada, roles=[Role.AUDITOR], name="auditor"),
            nobody=world.token(ada, name="nobody"),
        )


def test_a_sync_is_queued_run_and_told_about(place: Place) -> None:
    asked = place.ask()
    assert asked.status == 202
    body = asked.json()
    assert asked.header("location") == f"/syncs/{body['id']}"
    assert (body["state"], body["started_at"], body["counts"]) == ("queued", None, {})
    place.world.services.sync_runner().run_next()
    told = place.told(f"/syncs/{body['id']}")
    assert (told["state"], told["source"], told["error"]) == ("completed", "files", None)
    assert told["counts"] == {"added": 1, "quarantined": 1}
    assert [(one["external_id"], one["change"]) for one in told["trouble"]] == [("broken.md", "quarantined")]
    assert told["trouble"][0]["reason"]
    assert told["finished_at"] >= told["started_at"] >= told["requested_at"]
    assert place.world.passages(place.nobody, "days of leave")


def test_a_second_sync_goes_on_from_the_checkpoint_of_the_first(place: Place) -> None:
    place.sync()
    place.world.clock.advance(MINUTE)
    (place.folder / "travel.md").write_text("# Travel\n\nBy train.")
    (place.folder / "leave.md").unlink()
    assert place.sync()["counts"] == {"added": 1, "deleted": 1}


def test_a_completed_sync_is_in_the_audit_log_with_who_asked(place: Place) -> None:
    told = place.sync()
    leaves = place.world.leaves().decode().splitlines()
    (entry,) = [leaf for leaf in leaves if "source:sync:completed" in leaf]
    assert told["id"] in entry
    assert "local|user|ada" in entry


def test_sources_are_listed_with_how_their_last_sync_went(place: Place) -> None:
    place.world.source("pushed", "everyone")
    assert [one["last_sync"] for one in place.told("/sources")["items"]] == [None, None]
    told = place.sync()
    files, pushed = place.told("/sources", place.auditor)["items"]
    assert files == {
        "name": "files",
        "connector": "filesystem",
        "owner_team": "support",
        "active": True,
        "last_sync": {key: told[key] for key in ("id", "state", "requested_at", "finished_at")},
    }
    assert (pushed["name"], pushed["last_sync"]) == ("pushed", None)


def test_looking_at_sources_and_syncs_is_on_record(place: Place) -> None:
    """Bites: a route that answers without recording. The twin is the one that is refused and tells nothing."""
    told = place.sync()
    for path, event in (("/sources", "source:record:listed"), (f"/syncs/{told['id']}", "source:sync:shown")):
        before = place.world.leaves().count(event.encode())
        assert place.world.client.get(path, place.nobody).status == 403
        assert place.world.leaves().count(event.encode()) == before
        place.told(path, place.auditor)
        assert place.world.leaves().count(event.encode()) == before + 1


def test_neither_sources_nor_syncs_tell_where_a_source_lies(place: Place) -> None:
    """Bites: a body made from all fields of `Source` or `SyncRun`, which know the folder, the host and the pid."""
    told = place.sync()
    shown = [place.world.client.get(path, place.operator).body for path in ("/sources", f"/syncs/{told['id']}")]
    assert not [body for body in shown if str(place.folder).encode() in body or b"pid" in body or b"host" in body]


def test_a_source_that_cannot_be_read_ends_its_sync_as_failed(place: Place) -> None:
    place.folder.rename(place.folder.with_name("moved"))
    run = place.ask().json()
    with place.world.services.sync_runner().working():
        told = eventually(lambda: place.told(f"/syncs/{run['id']}"))
    assert told["state"] == "failed"
    assert "folder cannot be opened" in told["error"]
    assert str(place.folder) not in told["error"]
    assert b"source:sync:failed" in place.world.leaves()


def test_the_working_runner_takes_what_is_queued_in_order(place: Place) -> None:
    registered(place.world, place.folder, "again")
    runs = [place.ask(name).json()["id"] for name in ("files", "again")]
    with place.world.services.sync_runner().working():
        ended = [eventually(lambda run=run: place.told(f"/syncs/{run}")) for run in runs]
    assert [one["state"] for one in ended] == ["completed", "completed"]


def test_a_source_is_synced_once_at_a_time(place: Place) -> None:
    """Bites: without the look for an unfinished sync in `request` and without the unique index, both are queued."""
    first = place.ask()
    second = place.ask()
    assert (first.status, second.status) == (202, 409)
    assert "wait" in second.json()["detail"]
    place.world.services.sync_runner().run_next()
    assert place.ask().status == 202


def test_unknown_pushing_and_suspended_sources_cannot_be_synced(place: Place) -> None:
    place.world.source("pushed", "everyone")
    place.world.suspend(registered(place.world, place.folder, "closed"))
    assert place.ask("nothing").status == 404
    pushed = place.ask("pushed")
    assert pushed.status == 422
    assert "pushes" in pushed.json()["detail"]
    assert place.ask("closed").status == 409


def test_syncs_need_the_role_of_an_operator_and_looking_at_them_that_of_an_auditor(place: Place) -> None:
    """Bites: a route with `CurrentCaller`. The twins are the permitted ones in the same table."""
    sync = str(place.ask().header("location"))
    asked = {
        name: [
            place.world.client.get("/sources", token).status,
            place.world.client.get(sync, token).status,
            place.ask("nothing", token).status,
        ]
        for name, token in (("operator", place.operator), ("auditor", place.auditor), ("nobody", place.nobody))
    }
    assert asked == {"operator": [200, 200, 404], "auditor": [200, 200, 403], "nobody": [403, 403, 403]}
    assert place.world.client.get("/sources").status == 401


def test_a_sync_that_is_not_there_is_not_found(place: Place) -> None:
    assert place.world.client.get(UNKNOWN, place.operator).status == 404
    assert place.world.client.get(UNKNOWN, place.nobody).status == 403


def eventually(look: Callable[[], Any], *, within_s: float = 20) -> Any:
    """Return what is told of a sync once it has ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        told = look()
        if told["finished_at"] is not None:
            return told
        time.sleep(0.02)
    raise AssertionError("the sync did not end")


def test_a_sync_can_be_asked_for_in_three_modes_and_no_other(place: Place) -> None:
    assert place.sync()["mode"] == "incremental"
    told = place.sync(mode="permissions")
    assert (told["mode"], told["counts"]) == ("permissions", {"permissions": 1})
    assert place.sync(mode="full")["counts"] == {"quarantined": 1, "unchanged": 1}
    assert place.ask(mode="everything").status == 422
    assert place.ask(confirm="yes").status == 422


def test_a_mass_deletion_waits_until_an_operator_confirms_it(place: Place) -> None:
    """Bites: a route that drops `confirm_deletions`, or one that confirms without being told."""
    for number in range(101):
        page = place.folder / f"page-{number}.md"
        page.write_text(f"# Page {number}")
        os.utime(page, (BEFORE, BEFORE))
    place.sync()
    for page in place.folder.glob("page-*.md"):
        page.unlink()
    asked = place.ask()
    with pytest.raises(Conflict):
        place.world.services.sync_runner().run_next()
    stopped = place.told(str(asked.header("location")))
    assert (stopped["state"], stopped["counts"]) == ("failed", {})
    assert stopped["error"].startswith("101 of 103 documents are gone")
    assert place.sync(confirm_deletions=True)["counts"]["deleted"] == 101
