"""Options that many commands share, and how they print."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from memory.domain.errors import Misconfigured
from memory.domain.identity import LOCAL_ISSUER, PrincipalKind, PrincipalToken
from memory.settings import Settings, load_settings

Home = Annotated[
    Path | None, typer.Option("--home", help="The folder that holds all state; default: MEMORY_HOME, else .memory.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Operator = Annotated[
    str | None, typer.Option("--operator", help="Who runs this, for the audit log; default: your login name.")
]

console = Console(highlight=False, soft_wrap=True, emoji=False)
unbroken = Console(highlight=False, emoji=False, width=10_000)  # programs take ids from lines, so none is broken there
progress = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def settings_of(home: Path | None) -> Settings:
    """Return the settings of a command."""
    return load_settings(home=home)


def operator_of(name: str | None, settings: Settings) -> PrincipalToken:
    """Return who runs a command that shows text or acts for others. Raises `Misconfigured` in production."""
    if settings.profile == "production":
        raise Misconfigured("In the production profile this needs the API and a signed token; the command is refused.")
    return named_operator(name)


def named_operator(name: str | None) -> PrincipalToken:
    """Return who runs a command that shows nothing and acts for nobody, in whatever profile. Raises `Misconfigured`."""
    return PrincipalToken(LOCAL_ISSUER, PrincipalKind.USER, name or os.environ.get("MEMORY_OPERATOR") or _login())


def _login() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # as in a container whose account has no name
        raise Misconfigured("Your account has no login name; say who you are with --operator NAME.") from None


def print_json(body: Any) -> None:
    """Print one JSON document; where the terminal does not know a character, all are escaped, so that none is lost."""
    text = json.dumps(body, ensure_ascii=False, indent=2, default=str)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(body, indent=2, default=str)
    sys.stdout.write(f"{text}\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under headings, or a sentence when there are none. Cells are data, never markup.

    The first column, which people copy, stays in one piece; so does every other where there is no terminal.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    count = 0
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        count += 1
    if count:
        (console if console.is_terminal else unbroken).print(table)
    else:
        console.print(empty)


def printable(text: str) -> str:
    """Return text without characters that steer a terminal or hide; what a document says stays data."""
    return "".join(character if character.isprintable() else " " for character in text)
