"""Serving the API, and working without one."""

import os
import sys
from typing import Annotated

import typer

from memory.cli.options import AsJson, Home, print_json
from memory.settings import Settings, load_settings

Told = dict[str, str | int]
"""What a process says of itself once it has begun."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(serve)
    app.command("worker")(worker)


def serve(
    home: Home = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback a TLS proxy is required.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the API, with the index and its relay; syncs run in a worker beside it."""
    from memory.api.server import run

    settings = load_settings(home=home, host=host, port=port)

    def told(host: str, port: int) -> None:
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        _tell({"url": url, **_process(settings)}, f"Serving on {url} (home {settings.home})", as_json=as_json)

    run(settings, told=told)


def worker(home: Home = None, as_json: AsJson = False) -> None:
    """Run queued syncs and let the index follow, without an API: more hands where processes share their stores."""
    from memory.api.working import work

    settings = load_settings(home=home)
    work(settings, told=lambda: _tell(_process(settings), f"Working (home {settings.home})", as_json=as_json))


def _process(settings: Settings) -> Told:
    return {"home": str(settings.home.absolute()), "pid": os.getpid()}


def _tell(fields: Told, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(fields)
    else:
        typer.echo(sentence)
    sys.stdout.flush()  # whoever started this reads it from a pipe
