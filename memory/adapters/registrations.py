"""Purposes and applications from their YAML files; what does not validate refuses to start."""

import re
from pathlib import Path
from typing import Any

import yaml

from memory.domain.errors import InvalidRequest, Misconfigured
from memory.domain.identity import PrincipalToken
from memory.domain.registrations import Application, Purpose, Registrations

DEPLOYMENT = "deployment"


def load_registrations(folder: Path, deployment_region: str | None) -> Registrations:
    """Read `purposes.yaml` and `applications.yaml`. Raises `Misconfigured`, naming file and entry."""
    purposes = [_purpose(entry, place) for place, entry in _entries(folder / "purposes.yaml", "purposes")]
    applications = [
        _application(entry, deployment_region, place)
        for place, entry in _entries(folder / "applications.yaml", "applications")
    ]
    return Registrations(
        {purpose.id: purpose for purpose in purposes},
        {application.id: application for application in applications},
    )


def _entries(file: Path, key: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(f"{file.name} cannot be read; mend it and start again.") from error
    entries = body.get(key) if isinstance(body, dict) and set(body) == {key} else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Misconfigured(f"{file.name} must hold one key, {key}, with a list of entries.")
    ids = [str(entry.get("id")) for entry in entries]
    if len(set(ids)) != len(ids):
        raise Misconfigured(f"{file.name} has the same id twice; take one out.")
    return [(f"{file.name}, entry {number}", entry) for number, entry in enumerate(entries, 1)]


def _purpose(entry: dict[str, Any], place: str) -> Purpose:
    _require(entry, {"id", "description", "owner", "applications", "open_to"}, place)
    allowed = entry["applications"]
    if allowed != "any" and not isinstance(allowed, list):
        raise Misconfigured(f"{place}: applications must be `any` or a list of names.")
    names = frozenset(str(name) for name in allowed) if isinstance(allowed, list) else frozenset()
    return Purpose(
        entry["id"], entry["owner"], entry["description"], names, allowed == "any", _open_to(entry["open_to"], place)
    )


def _open_to(listed: Any, place: str) -> frozenset[PrincipalToken]:
    """Read who may ask for a purpose; everybody has to be spelled out."""
    try:
        if not isinstance(listed, list) or not listed:
            raise InvalidRequest
        return frozenset(PrincipalToken.parse(str(name)) for name in listed)
    except InvalidRequest as error:
        raise Misconfigured(f"{place}: open_to must list who may ask, such as group:legal, or everyone.") from error


def _application(entry: dict[str, Any], deployment_region: str | None, place: str) -> Application:
    _require(entry, {"id", "owner", "region"}, place)
    region = entry["region"]
    if region == DEPLOYMENT:
        region = deployment_region
    if region is not None and not re.fullmatch("[A-Z]{2}(-[A-Z0-9]+)?", str(region)):
        raise Misconfigured(f"{place}: region must be a code of config/jurisdictions, `deployment`, or null.")
    return Application(entry["id"], entry["owner"], region)


def _require(entry: dict[str, Any], keys: set[str], place: str) -> None:
    if set(entry) != keys:
        raise Misconfigured(f"{place} must have exactly the keys {', '.join(sorted(keys))}.")
    for name in ("id", "owner"):
        if not isinstance(entry[name], str) or not entry[name]:
            raise Misconfigured(f"{place}: {name} must be a name; everything has somebody who answers for it.")
