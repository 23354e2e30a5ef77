"""One switch for each source: suspend it, so that nobody sees anything of it, and let it return.

It shows nothing and acts for nobody, so it works in the production profile as well. It opens the catalogue and the
audit log alone: a source can be suspended while policies or rules are broken.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from memory.cli.directory import sealed
from memory.cli.options import AsJson, Home, Operator, console, named_operator, print_json, settings_of
from memory.domain.governance import SuspensionReason
from memory.domain.ports.catalogue import Catalogue
from memory.ingest.suspending import Record, Switched, resume, suspend
from memory.settings import Settings
from memory.wiring import catalogue_of, open_log, record_in

Name = Annotated[str, typer.Argument(help="Name of the source.")]


def register(sources: typer.Typer) -> None:
    """Add the commands to the group of those about sources."""
    sources.command("suspend")(suspend_source)
    sources.command("resume")(resume_source)


def suspend_source(
    name: Name,
    reason: Annotated[SuspensionReason, typer.Option(help="Why, in one word, for the audit log.")],
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Let nobody see anything of a source, nor sync or push to it; the next request obeys."""
    settings = settings_of(home)
    switched = _switched(settings, operator, partial(suspend, name, reason))
    _tell(settings, switched, "is suspended" if switched.changed else "was suspended already", as_json=as_json)


def resume_source(name: Name, home: Home = None, operator: Operator = None, as_json: AsJson = False) -> None:
    """Let a suspended source return: its permissions hold again from the next request on."""
    settings = settings_of(home)
    switched = _switched(settings, operator, partial(resume, name))
    _tell(settings, switched, "has returned" if switched.changed else "was not suspended", as_json=as_json)


def _switched(settings: Settings, operator: str | None, switch: Callable[[Catalogue, Record], Switched]) -> Switched:
    who = named_operator(operator)
    with open_log(settings) as log, catalogue_of(settings) as catalogue:
        return switch(catalogue, lambda event, body: record_in(log, event, who, body))


def _tell(settings: Settings, switched: Switched, sentence: str, *, as_json: bool) -> None:
    token = sealed(settings, switched.epoch)
    if as_json:
        state = {"name": switched.source, "active": switched.active, "changed": switched.changed}
        print_json({**state, "consistency_token": token})
    else:
        console.print(f"Source {switched.source} {sentence}. Consistency token: {token}", markup=False)
