"""The example company: a folder with `company.yaml` and documents in, people, groups and sources out.

Enters: a folder that people review. Leaves: a `Company` whose permissions name only whom it introduces, ready to be
put into a catalogue and synced. A repository is kept as a stream for `git fast-import` and built when it is needed.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memory.domain.errors import InvalidRequest, Misconfigured
from memory.domain.governance import Source
from memory.domain.identity import Principal, PrincipalKind, PrincipalToken
from memory.domain.ports.catalogue import Catalogue
from memory.ingest.registering import source_of

COMPANY_FILE = "company.yaml"
STREAM_SUFFIX = ".fast-import"
_ANYBODY = (PrincipalKind.EVERYONE, PrincipalKind.EVERYONE_EXCEPT_GUESTS)


@dataclass(frozen=True, slots=True)
class Place:
    """A source as the company describes it.

    `location` is a folder of documents, or a stream for `git fast-import`; `later` may then go on from it.
    """

    name: str
    connector: str
    location: Path
    team: str
    settings: Mapping[str, Any]
    later: Path | None = None

    def source(self, workspace: Path) -> Source:
        """Return the registration; a repository is built below `workspace`. Raises `Misconfigured`."""
        location = self.location
        if location.suffix == STREAM_SUFFIX:
            location = _built(location, self.repository(workspace))
        return source_of(self.name, self.connector, str(location.absolute()), self.team, self.settings)

    def repository(self, workspace: Path) -> Path:
        """Return where the repository is built."""
        return workspace / f"{self.location.stem}.git"

    def go_on(self, workspace: Path) -> None:
        """Commit what happens later to the repository, which is there. Raises `Misconfigured`."""
        if self.later is None:
            raise Misconfigured(f"{COMPANY_FILE}: nothing happens later in {self.name}.")
        _import(self.later, self.repository(workspace))


@dataclass(frozen=True, slots=True)
class Company:
    """Who there is, how they are grouped, what they keep, and the country in which it is processed."""

    name: str
    region: str
    principals: tuple[Principal, ...]
    groups: Mapping[PrincipalToken, tuple[PrincipalToken, ...]]
    places: tuple[Place, ...]

    def settle(self, catalogue: Catalogue) -> None:
        """Put all people and groups into a catalogue, in one transaction."""
        with catalogue.write() as session:
            for principal in self.principals:
                session.access.put_principal(principal)
            for group, members in self.groups.items():
                session.access.set_members(group, members)


def read_company(folder: Path) -> Company:
    """Read a company. Raises `Misconfigured`, which says what in `company.yaml` is wrong."""
    body = _body(folder)
    try:
        company = Company(
            name=body.name,
            region=body.region,
            principals=tuple(one.principal() for one in body.principals),
            groups={_group(name): tuple(map(PrincipalToken.parse, names)) for name, names in body.groups.items()},
            places=tuple(one.place(folder) for one in body.sources),
        )
        _require_known(company)
    except InvalidRequest as error:
        raise Misconfigured(f"{COMPANY_FILE}: {error}") from error
    return company


class _PrincipalEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    id: str
    name: str
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    guest: bool = False
    agent: bool = False
    active: bool = True

    def principal(self) -> Principal:
        token = PrincipalToken.parse(self.id)
        return Principal(token, self.name, self.country, guest=self.guest, agent=self.agent, active=self.active)


class _FolderRule(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    allow: list[str] = []
    deny: list[str] = []
    inherit: str = "both"


class _SourceEntry(BaseModel):
    # Further keys are settings of the connector, which refuses what it does not know.
    model_config = ConfigDict(extra="allow", strict=True)
    name: str = Field(pattern="^[a-z][a-z0-9-]*$")
    connector: str
    location: str
    team: str
    later: str | None = None
    allow: list[str]
    deny: list[str] = []
    folders: dict[str, _FolderRule] = {}

    def place(self, folder: Path) -> Place:
        settings = self.model_dump(exclude=set(Place.__slots__), exclude_unset=True)
        later = None if self.later is None else _inside(folder, self.later)
        return Place(self.name, self.connector, _inside(folder, self.location), self.team, settings, later)


class _CompanyBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    region: str = Field(pattern="^[A-Z]{2}$")
    principals: list[_PrincipalEntry]
    groups: dict[str, list[str]]
    sources: list[_SourceEntry]


def _body(folder: Path) -> _CompanyBody:
    try:
        return _CompanyBody.model_validate(yaml.safe_load((folder / COMPANY_FILE).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(f"{COMPANY_FILE} cannot be read in {folder}; mend it, or name another folder.") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Misconfigured(f"{COMPANY_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def _inside(folder: Path, name: str) -> Path:
    """Return what lies in the company's folder under this name. Raises `Misconfigured`."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.exists():
        raise Misconfigured(f"{COMPANY_FILE}: there is nothing at {name} in the company's folder; mend it.")
    return path


def _require_known(company: Company) -> None:
    """Refuse names that mean nobody: a misspelt group would be a rule that never applies."""
    introduced = [*(one.token for one in company.principals), *company.groups]
    for kind, names in (("principal or group", introduced), ("source", [place.name for place in company.places])):
        if len(set(names)) < len(names):
            raise Misconfigured(f"{COMPANY_FILE} introduces a {kind} twice; take one out.")
    for token in _named(company):
        if token.kind not in _ANYBODY and token not in introduced:
            raise Misconfigured(f"{COMPANY_FILE} names {token} without introducing it; add it to principals or groups.")


def _named(company: Company) -> Iterator[PrincipalToken]:
    """Yield everybody whom a group, a team or a permission names."""
    for members in company.groups.values():
        yield from members
    for place in company.places:
        yield _group(place.team)
        for rule in (place.settings, *place.settings.get("folders", {}).values()):
            yield from map(PrincipalToken.parse, (*rule.get("allow", ()), *rule.get("deny", ())))


def _group(name: str) -> PrincipalToken:
    return PrincipalToken.parse(f"group:{name}")


def _built(stream: Path, repository: Path) -> Path:
    """Build the repository that a stream describes, unless it is there. Raises `Misconfigured`."""
    if repository.exists():
        return repository
    repository.parent.mkdir(parents=True, exist_ok=True)
    with _taken(stream), TemporaryDirectory(prefix="building-", dir=repository.parent) as folder:
        draft = Path(folder) / repository.name  # in its place only once it is whole
        _git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(draft))
        _import(stream, draft)
        draft.rename(repository)
    return repository


def _import(stream: Path, repository: Path) -> None:
    with _taken(stream):
        _git("--git-dir", str(repository), "fast-import", "--quiet", given=stream.read_bytes())


@contextmanager
def _taken(stream: Path) -> Iterator[None]:
    """Say in the product's words that git did not take a stream. Raises `Misconfigured`."""
    try:
        yield
    except (OSError, subprocess.CalledProcessError) as error:
        raise Misconfigured(
            f"{stream.name} is no stream that git fast-import takes, or git is missing; mend it, or install git."
        ) from error


def _git(*arguments: str, given: bytes = b"") -> None:
    """Run git without the configuration of the machine or the user, so that everybody gets the same commits."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    subprocess.run(  # noqa: S603 - a list, no shell
        ["git", *arguments],  # noqa: S607 - git is where the operator's PATH says
        input=given,
        env=environment,
        check=True,
        capture_output=True,
    )
