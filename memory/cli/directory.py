"""The built-in directory: people, services, agents, groups, and tokens for them."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from memory.access.admission import may_act
from memory.access.freshness import SALT_BYTES, FreshnessTokens
from memory.audit.events import EventName
from memory.cli.options import (
    AsJson,
    Home,
    Operator,
    console,
    operator_of,
    print_json,
    print_table,
    progress,
    settings_of,
)
from memory.domain.errors import InvalidRequest, NotFound
from memory.domain.identity import Principal, PrincipalKind, PrincipalToken, Role
from memory.domain.ports.catalogue import Writing
from memory.founding import naming_secret
from memory.ingest.claiming import PUSH
from memory.settings import Settings
from memory.wiring import catalogue_of, open_log, record_in, token_issuer, token_verifier

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
LIFETIME = re.compile(r"[0-9]{1,6}[mh]")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    principals = typer.Typer(help="People, services and agents.", no_args_is_help=True)
    principals.command("add")(add_principal)
    principals.command("list")(list_principals)
    app.add_typer(principals, name="principal")
    groups = typer.Typer(help="Groups; they may nest.", no_args_is_help=True)
    groups.command("add")(add_members)
    groups.command("members")(list_members)
    app.add_typer(groups, name="group")
    tokens = typer.Typer(help="Signed, expiring tokens for the API.", no_args_is_help=True)
    tokens.command("issue")(issue_token)
    app.add_typer(tokens, name="token")


def add_principal(
    principal: Annotated[str, typer.Argument(help="user:NAME, service:NAME or issuer|kind|id.")],
    name: Annotated[str | None, typer.Option(help="How people call them.")] = None,
    country: Annotated[str | None, typer.Option(help="Country code, such as DE; unset is unknown, and closes.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group to put them into. Repeatable.")] = None,
    guest: Annotated[bool, typer.Option(help="Somebody from outside.")] = False,
    agent: Annotated[bool, typer.Option(help="An AI agent; it acts for people and sees what both may see.")] = False,
    inactive: Annotated[bool, typer.Option(help="They may see nothing any more.")] = False,
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Add a principal, or change one."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    token = PrincipalToken.parse(principal)
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        raise InvalidRequest("A country is a code of two capital letters, such as DE.")
    added = Principal(token, name or token.id, country, guest=guest, agent=agent, active=not inactive)
    groups = [_group(text) for text in group or ()]
    with catalogue_of(settings) as catalogue, catalogue.write() as session:
        session.access.put_principal(added)
        for joined in groups:
            session.access.set_members(joined, {*session.access.members(joined), token})
        epoch = session.access.position().epoch
    with open_log(settings) as log:
        record_in(
            log, EventName.PRINCIPAL_CHANGED, who, {"principal": str(token), "active": added.active, "epoch": epoch}
        )
    if as_json:
        joined_groups = [str(one) for one in groups]
        print_json({**_principal(added), "groups": joined_groups, "consistency_token": sealed(settings, epoch)})
    else:
        console.print(f"{token} is known{' in ' + ', '.join(group) if group else ''}.", markup=False)


def list_principals(home: Home = None, as_json: AsJson = False) -> None:
    """List everybody."""
    with catalogue_of(settings_of(home)) as catalogue, catalogue.read() as session:
        everybody = session.access.principals()
    if as_json:
        print_json({"items": [_principal(one) for one in everybody]})
        return
    rows = [(one.token, one.name, one.country, _kind(one)) for one in everybody]
    print_table(("principal", "name", "country", ""), rows, empty="Nobody yet; add somebody with: memory principal add")


def add_members(
    group: Annotated[str, typer.Argument(help="The group's name.")],
    member: Annotated[list[str] | None, typer.Option(help="Who joins: user:NAME, group:NAME, … Repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Who leaves. Repeatable.")] = None,
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Put members into a group, or take them out; the next request obeys."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    token = _group(group)
    joining, leaving = (frozenset(map(PrincipalToken.parse, side or ())) for side in (member, remove))
    with catalogue_of(settings) as catalogue, catalogue.write() as session:
        before = frozenset(session.access.members(token))
        members = (before | joining) - leaving
        session.access.set_members(token, members)
        epoch = session.access.position().epoch
        strangers = [one for one in sorted(joining) if _unknown(one, session)]
    for stranger in strangers:
        progress.print(f"{stranger} is not in the directory yet; add them with: memory principal add", markup=False)
    change = {
        "group": str(token),
        "added": sorted(map(str, joining - before)),
        "removed": sorted(map(str, leaving & before)),
    }
    with open_log(settings) as log:
        record_in(log, EventName.GROUP_CHANGED, who, {**change, "epoch": epoch})
    freshness = sealed(settings, epoch)
    if as_json:
        print_json({**change, "members": sorted(map(str, members)), "consistency_token": freshness})
    else:
        count = f"{len(members)} member{'' if len(members) == 1 else 's'}"
        console.print(f"{token}: {count}. Consistency token: {freshness}", markup=False)


def list_members(
    group: Annotated[str, typer.Argument(help="The group's name.")], home: Home = None, as_json: AsJson = False
) -> None:
    """List the direct members of a group."""
    with catalogue_of(settings_of(home)) as catalogue, catalogue.read() as session:
        members = session.access.members(_group(group))
    if as_json:
        print_json({"items": [str(member) for member in members]})
    else:
        print_table(("member",), [(member,) for member in members], empty="The group is empty.")


def issue_token(
    principal: Annotated[str, typer.Argument(help="Whom the token names: user:NAME, service:NAME, …")],
    role: Annotated[list[Role] | None, typer.Option(help="A role it carries. Repeatable.")] = None,
    write: Annotated[str | None, typer.Option(help="The one source it may push to; implies the role writer.")] = None,
    through: Annotated[str | None, typer.Option(help="The agent that acts for the principal.")] = None,
    application: Annotated[str, typer.Option(help="The registered application it is for.")] = "cli",
    ttl: Annotated[str, typer.Option(help="How long it is valid, such as 30m or 8h; at most 24h.")] = "1h",
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Print a signed token for the API. Whoever holds it acts as the principal: hand it over with care."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    now, lifetime = datetime.now(UTC), _lifetime(ttl)
    subject = _known(settings, principal).token
    if write is not None:
        _require_pushed(settings, write)
    actor = None if through is None else _agent(settings, through)
    roles = frozenset(role or ()) | (frozenset() if write is None else {Role.WRITER})
    token = token_issuer(settings).issue(
        subject, application=application, roles=roles, writes=write, actor=actor, lifetime=lifetime, now=now
    )
    caller = token_verifier(settings).verify(token, now=now)
    body = {
        "token_id": caller.token_id,
        "subject": str(subject),
        "actor": actor and str(actor),
        "application": application,
        "roles": sorted(roles),
        "writes": write,
        "expires_at": (now + lifetime).isoformat(),
    }
    with open_log(settings) as log:
        record_in(log, EventName.TOKEN_ISSUED, who, body)
    if as_json:
        print_json({"token": token, **body})
    else:
        typer.echo(token)


def _known(settings: Settings, text: str) -> Principal:
    token = PrincipalToken.parse(text)
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        known = session.access.principal(token)
    if known is None:
        raise NotFound(f"{token} is not in the directory; add them with: memory principal add {text}")
    return known


def _unknown(token: PrincipalToken, session: Writing) -> bool:
    """Say whether a token names one person or service, and nobody added it: it may be misspelt."""
    alone = token.kind in (PrincipalKind.USER, PrincipalKind.SERVICE)
    return alone and session.access.principal(token) is None


def _agent(settings: Settings, text: str) -> PrincipalToken:
    known = _known(settings, text)
    if not may_act(known):
        raise InvalidRequest(f"{text} is a person; only a service, or who was added with --agent, acts for others.")
    return known.token


def _require_pushed(settings: Settings, name: str) -> None:
    """Raises `InvalidRequest` unless `name` is a source that is pushed: what a connector reads is not for writers."""
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        source = session.sources.get(name)
    if source is None or source.connector != PUSH:
        raise InvalidRequest(f"{name} is no source that is pushed; register one with: memory source add {name}")


def _lifetime(text: str) -> timedelta:
    if not LIFETIME.fullmatch(text):
        raise InvalidRequest("A lifetime is written like 30m or 8h.")
    return int(text[:-1]) * UNITS[text[-1]]


def _group(name: str) -> PrincipalToken:
    return PrincipalToken.parse(name if ":" in name or "|" in name else f"group:{name}")


def sealed(settings: Settings, epoch: int) -> str:
    """Return the consistency token of a write; `/retrieve` takes it as `at_least_as_fresh`."""
    return FreshnessTokens(naming_secret(settings)).seal(epoch, secrets.token_bytes(SALT_BYTES))


def _principal(principal: Principal) -> dict[str, Any]:
    return {
        "token": str(principal.token),
        "name": principal.name,
        "country": principal.country,
        "guest": principal.guest,
        "agent": principal.agent,
        "active": principal.active,
    }


def _kind(principal: Principal) -> str:
    words = [("agent", principal.agent), ("guest", principal.guest), ("inactive", not principal.active)]
    return ", ".join(word for word, holds in words if holds)
