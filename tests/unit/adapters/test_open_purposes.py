from pathlib import Path

import pytest
import yaml

from memory.adapters.registrations import load_registrations
from memory.domain.errors import Misconfigured
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.shipped import shipped

PURPOSE = {"id": "support", "owner": "o", "description": "d", "applications": "any", "open_to": ["everyone"]}
LEGAL = PrincipalToken.parse("group:legal")


def loaded(folder: Path, purpose: dict[str, object]) -> frozenset[PrincipalToken]:
    (folder / "purposes.yaml").write_text(yaml.safe_dump({"purposes": [purpose]}))
    (folder / "applications.yaml").write_text("applications: []\n")
    return load_registrations(folder, None).purposes["support"].open_to


def test_a_purpose_says_whom_it_is_open_to(tmp_path: Path) -> None:
    assert loaded(tmp_path, PURPOSE) == {EVERYONE}
    assert loaded(tmp_path, {**PURPOSE, "open_to": ["group:legal"]}) == {LEGAL}


@pytest.mark.parametrize("open_to", [None, [], "everyone", ["legal"], [""], [7], {"group:legal": 1}])
def test_a_purpose_that_does_not_say_is_refused(tmp_path: Path, open_to: object) -> None:
    """Fails when absence means everybody, which would widen what somebody forgot to write."""
    with pytest.raises(Misconfigured, match="entry 1"):
        loaded(tmp_path, {**PURPOSE, "open_to": open_to})
    with pytest.raises(Misconfigured, match="open_to"):
        loaded(tmp_path, {name: value for name, value in PURPOSE.items() if name != "open_to"})


def test_an_open_purpose_looks_at_nobody_and_a_closed_one_at_every_party() -> None:
    """Fails when groups are resolved for a purpose that is open, on the way of every question."""

    def unread() -> frozenset[PrincipalToken]:
        raise AssertionError

    purposes = load_registrations(shipped("config"), None).purposes
    assert all(purpose.opens_to(unread() for _ in range(1)) for purpose in purposes.values())
