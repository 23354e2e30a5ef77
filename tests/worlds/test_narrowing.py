"""A registration that narrows is obeyed: for what is there already, and for what cannot be read at the moment."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from memory.audit.events import EventName
from memory.domain.errors import SourceFailed
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, PrincipalToken
from memory.ingest.claiming import begin
from memory.ingest.registering import open_push_source, register, source_of
from memory.ingest.running import run_sync
from memory.testing.surroundings import NOON
from tests.worlds.building import World, a_world, writes
from tests.worlds.office import pushed

ACCOUNTS = "\n\n".join(f"Account GB29 NWBK 6016 1331 9268 {number:02} of client alpha" for number in range(12))


@dataclass(frozen=True)
class Place:
    """A world with an employee, somebody of hr, and a folder."""

    world: World
    folder: Path
    ada: str
    hana: str

    def file(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        os.utime(place, (NOON.timestamp() - 60,) * 2)

    def sync(self, **settings: Any) -> None:
        """Register the folder and read it. Raises `SourceFailed`."""
        wanted = source_of("files", "filesystem", str(self.folder), "t", settings)
        register(wanted, OPERATING, self.world.services.writing)
        rooms = self.world.services.syncing
        run_sync(begin("files", PrincipalToken.parse("user:olga"), rooms), rooms)

    def push_source(self, *allow: str, wider: tuple[str, ...] = (), team: str = "t") -> Source:
        own = source_of("news", "push", "", team, {"allow": allow})
        wanted = replace(own, ceiling=own.ceiling | {str(PrincipalToken.parse(token)) for token in wider})
        source, _ = register(wanted, OPERATING, self.world.services.writing)
        open_push_source(source, OPERATING, self.world.services.writing)
        return source

    def push(self, source: Source, *documents: dict[str, Any]) -> None:
        answer = self.world.client.post("/documents", writes(self.world, source), {"documents": list(documents)})
        assert answer.status == 201, answer.body

    def texts(self, token: str) -> list[str]:
        """Return the texts of passages about alpha."""
        found = [passage["text"] for passage in self.world.passages(token, "alpha", top_k=100)]
        return sorted(text for text in found if "alpha" in text)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "files"
    folder.mkdir()
    with a_world() as world:
        ada, hana = (world.person(name, "employees", *more) for name, more in (("ada", ()), ("hana", ("hr",))))
        yield Place(world, folder, world.token(ada, name="ada"), world.token(hana, name="hana"))


def test_a_lowered_ceiling_closes_what_was_pushed_under_the_higher_one(place: Place) -> None:
    """Bites: `register` without `_narrow`. The twin is the document that the lower ceiling still allows."""
    source = place.push_source("group:hr", wider=("group:employees",))
    wide = pushed("wide", "alpha wide", allow=["group:employees"])
    place.push(source, wide, pushed("kept", "alpha kept", allow=["group:hr"]))
    assert (place.texts(place.ada), place.texts(place.hana)) == (["alpha wide"], ["alpha kept", "alpha wide"])
    place.push_source("group:hr")
    assert (place.texts(place.ada), place.texts(place.hana)) == ([], ["alpha kept"])
    place.push_source("group:hr", wider=("group:employees",))
    place.push(source, wide)
    assert place.texts(place.ada) == ["alpha wide"]


def test_a_team_that_no_longer_owns_a_source_reads_nothing_as_its_owner(place: Place) -> None:
    """Long lists of account numbers are restricted: the owner team reads them.

    Bites: `register` without `_hand_over`, also when nothing is pushed again. The twin is the new team, which reads.
    """
    world = place.world
    old, new = (world.token(world.person(name, "employees", f"team-{name}"), name=name) for name in ("old", "new"))
    source = place.push_source("group:employees", team="team-old")
    place.push(source, pushed("list", ACCOUNTS))
    place.push(source, pushed("list", f"{ACCOUNTS}\n\nalpha more"))
    assert (bool(place.texts(old)), place.texts(new)) == (True, [])
    place.push_source("group:employees", team="team-new")
    for followed in (False, True):
        if followed:
            world.services.publish()
        assert (place.texts(old), bool(place.texts(new))) == ([], followed)


def test_a_narrowed_rule_binds_although_the_folder_cannot_be_read(place: Place) -> None:
    """Bites: a sync without `permit`. The twin is hana, who may still read, and what she reads."""
    rules = {"allow": ["group:employees", "group:hr"]}
    place.file("pay/salaries.md", "alpha salaries")
    place.sync(**rules, folders={"pay": {"allow": ["group:employees"]}})
    assert place.texts(place.ada) == ["alpha salaries"]
    place.folder.rename(place.folder.with_name("moved"))
    with pytest.raises(SourceFailed):
        place.sync(**rules, folders={"pay": {"allow": ["group:hr"]}})
    assert (place.texts(place.ada), place.texts(place.hana)) == ([], ["alpha salaries"])


def test_a_rule_that_binds_ahead_of_a_sync_is_on_record_as_asked_for(place: Place) -> None:
    """Bites: `permit` that records nothing, or not who asked."""
    place.file("pay/salaries.md", "alpha salaries")
    rules = {"allow": ["group:employees", "group:hr"]}
    place.sync(**rules, folders={"pay": {"allow": ["group:employees"]}})
    place.folder.rename(place.folder.with_name("moved"))
    before = place.world.services.log.size()
    with pytest.raises(SourceFailed):
        place.sync(**rules, folders={"pay": {"allow": ["group:hr"]}})
    entries = [json.loads(line.leaf) for line in place.world.services.log.lines(start=before)]
    changed = [entry for entry in entries if entry["event"] == EventName.ACL_CHANGED]
    assert [entry["actor"] for entry in changed] == [str(PrincipalToken.parse("user:olga"))]


def test_a_rule_that_is_gone_leaves_what_cannot_be_read_to_nobody(place: Place) -> None:
    """The rule widened its folder; without it, only hr may read. One file has become too large to be read meanwhile.

    Bites: `permit` that leaves scopes as they are which it is not told. The twin is the file that can be read.
    """
    place.file("open/one.md", "alpha one")
    place.file("open/two.md", "alpha two")
    other = {"other": {"allow": ["group:employees"], "inherit": "child"}}  # keeps the ceiling as it is
    place.sync(allow=["group:hr"], folders={**other, "open": other["other"]})
    assert place.texts(place.ada) == ["alpha one", "alpha two"]
    place.file("open/two.md", "alpha two " * 20)
    place.sync(allow=["group:hr"], folders=other, max_bytes=100)
    assert (place.texts(place.ada), place.texts(place.hana)) == ([], ["alpha one"])
