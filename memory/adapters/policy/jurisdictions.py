"""Jurisdiction rows from YAML.

Enter the files of `config/jurisdictions/`; leave `Jurisdictions`. Whatever is unclear in a file refuses to load
(`InvalidPolicy`, naming file and entry): a row that was left out or misread in silence is a wrong decision later.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from memory.access.jurisdictions import Jurisdictions, TransferRule
from memory.domain.errors import InvalidPolicy

COUNTRY = re.compile(r"[A-Z]{2}")
PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]+)?")
DATES = ("effective", "reviewed_on", "expires")


def read_jurisdictions(folder: Path) -> Jurisdictions:
    """Return all rows of the YAML files of a folder. Raises `InvalidPolicy`."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise InvalidPolicy(f"{folder.name}: there are no jurisdiction rows; copy those that ship, and review them.")
    regions: dict[str, list[str]] = {}
    for file in files:
        for name, countries in _mapping(file, {"regions", "rows"}).get("regions", {}).items():
            if name in regions or PLACE.fullmatch(name):
                raise InvalidPolicy(f"{file.name}: region {name} has the name of another region or place; rename it.")
            regions[name] = [_word(f"{file.name}: region {name}", country, COUNTRY) for country in countries]
    return Jurisdictions(rule for file in files for rule in _rules(file, regions))


def _rules(file: Path, regions: Mapping[str, list[str]]) -> Iterator[TransferRule]:
    for number, row in enumerate(_mapping(file, {"regions", "rows"}).get("rows", []), start=1):
        where = f"{file.name}: row {number}"
        _has(where, row, {"from", "to", "mechanism", "source", *DATES})
        dates = {name: _day(where, row[name]) for name in DATES}
        if not dates["effective"] <= dates["reviewed_on"] < dates["expires"]:
            raise InvalidPolicy(f"{where} must be effective, then reviewed, then expire.")
        if not str(row["mechanism"]).strip() or not str(row["source"]).startswith("https://"):
            raise InvalidPolicy(f"{where} needs a mechanism and the https address of its source.")
        for origin in _expanded(where, row["from"], regions, COUNTRY):
            places = [origin] if row["to"] == "same" else _expanded(where, row["to"], regions, PLACE)
            for place in places:
                yield TransferRule(origin, place, str(row["mechanism"]), row["source"], **dates)


def _expanded(where: str, names: object, regions: Mapping[str, list[str]], pattern: re.Pattern[str]) -> list[str]:
    if not isinstance(names, list):
        raise InvalidPolicy(f"{where} must list its countries and regions.")
    return [code for name in names for code in (regions.get(str(name)) or [_word(where, name, pattern)])]


def _mapping(file: Path, keys: set[str]) -> dict[str, Any]:
    try:
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidPolicy(f"{file.name} cannot be read as YAML; mend it and start again.") from error
    if not isinstance(body, dict) or not body or not body.keys() <= keys:
        raise InvalidPolicy(f"{file.name} must be a mapping of {', '.join(sorted(keys))}.")
    return body


def _has(where: str, entry: object, keys: Iterable[str]) -> None:
    if not isinstance(entry, dict) or entry.keys() != set(keys):
        raise InvalidPolicy(f"{where} must have exactly {', '.join(sorted(keys))}.")


def _word(where: str, value: object, pattern: re.Pattern[str]) -> str:
    # A country may arrive as a truth value: YAML reads an unquoted NO (Norway) as false.
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidPolicy(f"{where} names {value!r}, which is not written as {pattern.pattern}.")
    return value


def _day(where: str, value: object) -> date:
    if type(value) is not date:
        raise InvalidPolicy(f"{where} needs dates written as YYYY-MM-DD.")
    return value
