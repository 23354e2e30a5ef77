"""Serving the API, and working without one."""

from typing import Annotated

import typer

from memory.cli.options import Home
from memory.settings import load_settings


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
) -> None:
    """Serve the API, with the embedded index and its relay, in one process."""
    from memory.api.server import run

    run(load_settings(home=home, host=host, port=port))


def worker(home: Home = None) -> None:
    """Run queued syncs and let the index follow, without an API: more hands where processes share their stores."""
    from memory.api.server import work

    work(load_settings(home=home))
