"""Purposes and applications: what does not validate refuses to start, and what is not registered may name nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from memory.adapters.registrations import load_registrations
from memory.domain.errors import Misconfigured
from memory.domain.registrations import Registrations

SUPPORT = {
    "id": "support",
    "description": "Helping customers.",
    "owner": "service",
    "applications": "any",
    "open_to": ["everyone"],
}
HIRING = {
    "id": "hiring",
    "description": "Filling a post.",
    "owner": "people",
    "applications": ["recruiting"],
    "open_to": ["everyone"],
}
DESK = {"id": "desk", "owner": "service", "region": "DE"}
RECRUITING = {"id": "recruiting", "owner": "people", "region": "deployment"}
REFUSED_PURPOSES: list[tuple[str, Any]] = [
    ("has the same id twice", [SUPPORT, {**HIRING, "id": "support"}]),
    ("purposes.yaml, entry 2: owner must be a name", [SUPPORT, {**HIRING, "owner": ""}]),
    ("entry 1: owner must be a name", [{**SUPPORT, "owner": None}]),
    ("entry 1: id must be a name", [{**SUPPORT, "id": ["support"]}]),
    ("entry 1: id must be a name", [{**SUPPORT, "id": 7}]),
    ("must have exactly the keys", [{key: value for key, value in SUPPORT.items() if key != "owner"}]),
    ("must have exactly the keys", [{key: value for key, value in SUPPORT.items() if key != "applications"}]),
    ("must have exactly the keys", [{**SUPPORT, "colour": "blue"}]),
    ("must be `any` or a list", [{**SUPPORT, "applications": "desk"}]),
    ("must be `any` or a list", [{**SUPPORT, "applications": None}]),
    ("with a list of entries", ["support"]),
    ("with a list of entries", None),
]
REFUSED_APPLICATIONS: list[tuple[str, Any]] = [
    ("has the same id twice", [DESK, DESK]),
    ("entry 1: owner must be a name", [{**DESK, "owner": ""}]),
    ("must have exactly the keys", [{"id": "desk", "owner": "service"}]),
    ("region must be a code", [{**DESK, "region": "Germany"}]),
    ("region must be a code", [{**DESK, "region": "de"}]),
    ("region must be a code", [{**DESK, "region": False}]),  # YAML reads an unquoted NO, Norway, as false
    ("region must be a code", [{**DESK, "region": "DE; US"}]),
    ("region must be a code", [{**DESK, "region": ""}]),
]


def load(folder: Path, purposes: Any = (SUPPORT, HIRING), applications: Any = (DESK, RECRUITING)) -> Registrations:
    for name, entries in (("purposes", purposes), ("applications", applications)):
        listed = list(entries) if isinstance(entries, tuple) else entries
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({name: listed}))
    return load_registrations(folder, "US")


def test_what_is_registered_may_be_named(tmp_path: Path) -> None:
    registered = load(tmp_path)
    purpose = registered.purpose("support", "desk")
    assert purpose is not None
    assert (purpose.owner, purpose.any_application) == ("service", True)
    assert registered.purpose("hiring", "recruiting") is not None


def test_a_purpose_is_closed_to_an_application_that_it_does_not_list(tmp_path: Path) -> None:
    """Fails when the list of a purpose is not looked at, or when an empty one opens it to all."""
    assert load(tmp_path).purpose("hiring", "desk") is None
    assert load(tmp_path, purposes=[{**HIRING, "applications": []}]).purpose("hiring", "recruiting") is None


def test_an_application_that_is_not_registered_may_name_no_purpose(tmp_path: Path) -> None:
    """Fails when `any` means more than every registered application, or when a list names one that is not."""
    registered = load(tmp_path, applications=[DESK])
    assert registered.purpose("support", "shadow") is None
    assert registered.purpose("hiring", "recruiting") is None
    assert registered.purpose("support", "desk") is not None


def test_a_purpose_that_is_not_registered_is_none(tmp_path: Path) -> None:
    assert load(tmp_path).purpose("curiosity", "desk") is None


def test_regions_are_codes_that_of_the_deployment_or_unknown(tmp_path: Path) -> None:
    applications = load(
        tmp_path, applications=[DESK, RECRUITING, {"id": "x", "owner": "y", "region": None}]
    ).applications
    assert {name: one.region for name, one in applications.items()} == {"desk": "DE", "recruiting": "US", "x": None}


@pytest.mark.parametrize(("reason", "entries"), REFUSED_PURPOSES)
def test_a_purpose_that_does_not_validate_refuses_to_start(tmp_path: Path, reason: str, entries: Any) -> None:
    with pytest.raises(Misconfigured, match=reason):
        load(tmp_path, purposes=entries)


@pytest.mark.parametrize(("reason", "entries"), REFUSED_APPLICATIONS)
def test_an_application_that_does_not_validate_refuses_to_start(tmp_path: Path, reason: str, entries: Any) -> None:
    with pytest.raises(Misconfigured, match=reason):
        load(tmp_path, applications=entries)


@pytest.mark.parametrize("text", ["purposes: [", "- a\n- b\n", "purposes: []\nmore: 1\n", "", "\x00", None])
def test_a_file_that_is_missing_or_of_another_shape_refuses_to_start(tmp_path: Path, text: str | None) -> None:
    load(tmp_path)
    file = tmp_path / "purposes.yaml"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(Misconfigured, match=r"purposes\.yaml"):
        load_registrations(tmp_path, "US")
