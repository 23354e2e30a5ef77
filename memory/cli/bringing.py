"""Bringing documents in: ingest a folder or a repository, and register sources that push."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.registry import connector_factory
from memory.audit.events import EventName
from memory.cli import suspending
from memory.cli.foretelling import foretell
from memory.cli.options import (
    AsJson,
    Home,
    Operator,
    console,
    operator_of,
    print_json,
    print_table,
    printable,
    progress,
    settings_of,
)
from memory.domain.errors import IndexOwnedElsewhere, InvalidRequest
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.syncs import SyncMode, SyncRun
from memory.ingest.claiming import PUSH, WHAT_CHANGED, SyncOrder, begin
from memory.ingest.registering import open_push_source, source_of
from memory.ingest.registering import register as register_source
from memory.ingest.rooms import Outcome
from memory.ingest.running import TROUBLE, run_sync
from memory.wiring import Services, build, build_beside, catalogue_of

Allow = Annotated[
    list[str] | None, typer.Option(help="Who may read: everyone, user:NAME, group:NAME or issuer|kind|id. Repeatable.")
]
Deny = Annotated[list[str] | None, typer.Option(help="Who may not, whatever else allows them. Repeatable.")]
Team = Annotated[str, typer.Option(help="The team that owns the source and answers for it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ingest")(ingest)
    sources = typer.Typer(help="Register sources that push, list all, and suspend one.", no_args_is_help=True)
    sources.command("add")(add_source)
    sources.command("list")(list_sources)
    suspending.register(sources)
    app.add_typer(sources, name="source")


def ingest(
    location: Annotated[str, typer.Argument(help="A folder, a git repository, or a git bundle.")],
    source: Annotated[str, typer.Option(help="Name of the source; documents keep their ids under it.")],
    connector: Annotated[str, typer.Option(help="filesystem, git, or another that is installed.")] = "filesystem",
    allow: Allow = None,
    deny: Deny = None,
    team: Team = "unassigned",
    rules: Annotated[
        Path | None, typer.Option(help="JSON or TOML file with further settings: folders, branch, include, exclude.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed.")] = False,
    permissions_only: Annotated[
        bool, typer.Option("--permissions-only", help="Bring permissions up to date and read no content.")
    ] = False,
    confirm_deletions: Annotated[
        bool, typer.Option("--confirm-deletions", help="Let documents go that are gone, however many there are.")
    ] = False,
    home: Home = None,
    operator: Operator = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each file, and write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a source's documents in, or bring them up to date; unchanged ones cost nothing.

    Without --allow nobody may read them. What cannot be read is quarantined with a reason; the rest goes on.
    """
    settings = settings_of(home)
    who = operator_of(operator, settings)
    place, given = _located(location), _rules(rules, allow, deny)
    connector_factory(connector)(source=source, location=place, settings=given)  # judged before it is registered
    registration = source_of(source, connector, place, team, given)
    if dry_run:
        foretell(registration, settings, as_json=as_json)
        return
    order = _order(full, permissions_only, confirm_deletions)
    try:
        with build(settings) as services:
            outcomes = bring_in(registration, services, who, order, quiet=as_json)
            counts = _last_counts(source, services)
    except IndexOwnedElsewhere:
        with build_beside(settings) as services:
            outcomes = bring_in(registration, services, who, order, quiet=as_json)
            counts = _last_counts(source, services)
    _report(source, outcomes, counts, as_json=as_json)
    if not registration.ceiling and not as_json:
        progress.print(f"Nobody may read {source} yet; run the command again with --allow, such as --allow group:NAME.")


def add_source(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    allow: Allow = None,
    deny: Deny = None,
    ceiling: Annotated[
        list[str] | None, typer.Option(help="Further audiences that pushed documents may name. Repeatable.")
    ] = None,
    team: Team = "unassigned",
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Register a source that pushes through the API; then: memory token issue service:NAME --write SOURCE."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    own = source_of(name, PUSH, "", team, {"allow": allow or [], "deny": deny or []})
    wider = frozenset(str(PrincipalToken.parse(token)) for token in ceiling or ())
    with build_beside(settings) as services:
        source = _register(replace(own, ceiling=own.ceiling | wider), services, who)
        open_push_source(source, who, services.writing)
    if as_json:
        print_json({"name": source.name, "ceiling": sorted(source.ceiling)})
    else:
        console.print(f"Source {source.name}: at most {', '.join(sorted(source.ceiling)) or 'nobody'} may read it.")


def list_sources(home: Home = None, as_json: AsJson = False) -> None:
    """List the registered sources."""
    with catalogue_of(settings_of(home)) as catalogue, catalogue.read() as session:
        sources = session.sources.all()
    if as_json:
        print_json(
            {
                "items": [
                    {"name": one.name, "connector": one.connector, "team": one.owner_team, "active": one.active}
                    for one in sources
                ]
            }
        )
        return
    rows = [
        (one.name, one.connector, one.location, one.owner_team, "" if one.active else "suspended") for one in sources
    ]
    print_table(
        ("name", "connector", "location", "team", ""), rows, empty="No source yet; start with: memory ingest --help"
    )


def bring_in(
    source: Source, services: Services, who: PrincipalToken, order: SyncOrder = WHAT_CHANGED, *, quiet: bool
) -> list[Outcome]:
    """Register and sync a source, telling progress on stderr and, unless `quiet`, trouble; what was told is durable.

    Raises `Conflict` while another process syncs it or when too much is gone from it, and `SourceFailed`.
    """
    _register(source, services, who)
    outcomes: list[Outcome] = []
    with progress.status(f"Reading {source.name}") as status:

        def told(outcome: Outcome) -> None:
            outcomes.append(outcome)
            status.update(f"{source.name}: {len(outcomes)} items, latest {printable(outcome.external_id)}")
            if outcome.change in TROUBLE and not quiet:
                progress.print(f"{outcome.change}: {printable(outcome.external_id)}: {outcome.reason}", markup=False)
            for note in () if quiet else outcome.notes:
                progress.print(f"noted: {printable(outcome.external_id)}: {printable(note)}", markup=False)

        run = begin(source.name, who, services.syncing, order)
        try:
            run_sync(run, services.syncing, told=told)
        except KeyboardInterrupt:
            done = _told(_durable(run, services))
            progress.print(f"{source.name}: interrupted; run the command again to go on. So far: {done}.")
            raise
    return outcomes


def _register(source: Source, services: Services, who: PrincipalToken) -> Source:
    registered, changed = register_source(source, who, services.writing)
    if changed:
        body = {
            "source": source.name,
            "connector": source.connector,
            "owner_team": source.owner_team,
            "ceiling": sorted(source.ceiling),
            "active": source.active,
        }
        services.record(EventName.SOURCE_REGISTERED, who, body)
    return registered


def _order(full: bool, permissions_only: bool, confirm_deletions: bool) -> SyncOrder:  # noqa: FBT001 - flags
    if permissions_only and (full or confirm_deletions):
        raise InvalidRequest("--permissions-only reads no documents; leave --full and --confirm-deletions out.")
    mode = SyncMode.PERMISSIONS if permissions_only else SyncMode.FULL if full else SyncMode.INCREMENTAL
    return SyncOrder(mode, confirm_deletions)


def _report(source: str, outcomes: list[Outcome], counts: Mapping[str, int], *, as_json: bool) -> None:
    trouble = [outcome for outcome in outcomes if outcome.change in TROUBLE]
    if as_json:
        items = [{"external_id": one.external_id, "change": one.change, "reason": one.reason} for one in trouble]
        report = {
            "source": source,
            "counts": dict(sorted(counts.items())),
            "published_points": sum(outcome.published for outcome in outcomes),
            "trouble": items,
            "noted": [{"external_id": one.external_id, "notes": list(one.notes)} for one in outcomes if one.notes],
        }
        print_json(report)
        return
    console.print(f"{source}: {_told(counts)}.")


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {change}" for change, count in sorted(counts.items())) or "nothing new"


def _durable(run: SyncRun, services: Services) -> Mapping[str, int]:
    """Return what was counted with its batches: an interruption may come before the last of them was told."""
    with services.catalogue.read() as session:
        ended = session.sources.sync(run.id)
    return {} if ended is None else ended.counts


def _last_counts(source: str, services: Services) -> Mapping[str, int]:
    with services.catalogue.read() as session:
        return session.sources.last_syncs()[source].counts


def _located(location: str) -> str:
    """Return an absolute path, so that a later sync from elsewhere finds the same place."""
    if location.startswith("-"):
        raise InvalidRequest("A location must not begin with a dash; write ./ before it.")
    path = Path(location)
    if not os.path.exists(location):  # noqa: PTH110 - Path.exists raises for a name that is too long
        raise InvalidRequest(f"There is nothing at {location}; name a folder, a git repository or a bundle.")
    return str(path.absolute())


def _rules(path: Path | None, allow: list[str] | None, deny: list[str] | None) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
            settings = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be read ({error.strerror}); check its name and its rights.") from error
        except ValueError as error:
            raise InvalidRequest(f"{path} cannot be read as {_language(path)}: {error}. Mend it.") from error
        if not isinstance(settings, dict):
            raise InvalidRequest(f"{path} holds no settings; write them as an object with names.")
    if allow:
        settings["allow"] = allow
    if deny:
        settings["deny"] = deny
    return settings


def _language(path: Path) -> str:
    return "TOML" if path.suffix == ".toml" else "JSON, which a file is taken for unless its name ends in .toml"
