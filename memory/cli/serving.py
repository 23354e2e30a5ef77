"""Serving the API."""

import os
import sys
from typing import Annotated

import typer

from memory.cli.options import AsJson, Home, print_json
from memory.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(serve)


def serve(
    home: Home = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback a TLS proxy is required.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the API, with the embedded index and its relay, in one process."""
    from memory.api.server import run

    settings = load_settings(home=home, host=host, port=port)

    def told(host: str, port: int) -> None:
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if as_json:
            print_json({"url": url, "home": str(settings.home.absolute()), "pid": os.getpid()})
        else:
            typer.echo(f"Serving on {url} (home {settings.home})")
        sys.stdout.flush()  # whoever started this reads it from a pipe

    run(settings, told=told)
