"""The commands by which a reader does by hand what a step of the tour does, as parts of a line for a shell.

`MEMORY_HOME` names the home; the tour says so once, at its beginning.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote

from memory.cli.company import Place
from memory.domain.identity import Principal, PrincipalToken

Parts = Sequence[str]


def enter(home: Path, models: Path) -> Parts:
    """Name the home for all commands that follow, and where the compiled model lies, if that is elsewhere."""
    elsewhere = () if models.is_relative_to(home) else (f"MEMORY_MODEL_CACHE={quote(str(models.absolute()))}",)
    return (f"export MEMORY_HOME={quote(str(home.absolute()))}", *elsewhere)


def add(principal: Principal) -> Parts:
    """Put somebody into the directory."""
    country = () if principal.country is None else (f"--country {principal.country}",)
    return (f"memory principal add {_short(principal.token)}", f"--name {quote(principal.name)}", *country)


def join(group: PrincipalToken, members: Sequence[PrincipalToken]) -> Parts:
    """Put members into a group."""
    return (f"memory group add {group.id}", *(f"--member {_short(member)}" for member in members))


def leave(group: PrincipalToken, member: PrincipalToken) -> Parts:
    """Take a member out of a group, and tell the consistency token of it."""
    return (f"memory group add {group.id}", f"--remove {_short(member)}", "--json")


def ingest(place: Place, location: str) -> Parts:
    """Bring a source in that has no rules but who may read it."""
    readers = (f"--allow {quote(name)}" for name in place.settings["allow"])
    told = (f"--source {place.name}", f"--connector {place.connector}", f"--team {place.team}")
    return (f"memory ingest {quote(location)}", *told, *readers)


def commit(stream: Path, repository: Path) -> Parts:
    """Commit to a repository what a stream says."""
    return (f"git --git-dir {quote(str(repository))} fast-import --quiet", f"< {quote(str(stream))}")


def remember(question: str) -> Parts:
    """Give the tour's question a name, which `retrieve` uses."""
    return (f"QUESTION={quote(question)}",)


def retrieve(
    query: str | None, who: str, purpose: str, top_k: int, through: str | None = None, as_of: datetime | None = None
) -> Parts:
    """Ask as somebody, the question that was given a name for None."""
    asked = '"$QUESTION"' if query is None else quote(query)
    through_whom = () if through is None else (f"--through {through}",)
    then = () if as_of is None else (f"--as-of {as_of:%Y-%m-%d}",)
    given = (f"--as {who}", f"--purpose {purpose}", f"--top-k {top_k}")
    return (f"memory retrieve {asked}", *given, *through_whom, *then)


def request(query: str, who: str, purpose: str, top_k: int, fresh: str) -> Parts:
    """Ask a running server, which must have seen what the consistency token stands for."""
    body = {"query": query, "purpose": purpose, "top_k": top_k, "at_least_as_fresh": fresh}
    return (
        "curl -s http://127.0.0.1:8000/retrieve",
        f'-H "Authorization: Bearer $(memory token issue {who})"',
        "-H 'Content-Type: application/json'",
        f"-d {quote(json.dumps(body))}",
    )


def _short(token: PrincipalToken) -> str:
    return f"{token.kind}:{token.id}"
