"""The command tree. Each group of commands is a module of its own; this one puts them together and ends them well."""

import io
import logging
import sys

import typer

from memory.api.logs import configure, trace
from memory.cli import asking, audit, bringing, browsing, demo, directory, evaluating, home, serving
from memory.domain.errors import MemoryFault

app = typer.Typer(
    name="memory",
    help="One governed memory that every AI system in a company retrieves from.",
    epilog="New here? memory demo shows it all in a minute, and docs/tutorial.md takes ten.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},  # where a terminal is wide, what a command does stands in one line
)

for module in (home, serving, bringing, asking, browsing, directory, audit, evaluating, demo):
    module.register(app)

FAILED = 1
UNEXPECTED = "Something went wrong that should not have; the line above says where. Please report it."

log = logging.getLogger(__name__)


def main() -> None:
    """Run a command; end with 0, or 1 and one sentence that says what to do; Typer makes an interruption 130."""
    configure()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # documents hold characters that not every terminal has
    try:
        app()
    except MemoryFault as fault:
        _end(str(fault))
    except Exception as error:  # noqa: BLE001 - a traceback would quote what the error is about
        log.error("unexpected %s", trace(error))
        _end(UNEXPECTED)


def _end(sentence: str) -> None:
    typer.echo(f"memory: {sentence}", err=True)
    sys.exit(FAILED)
