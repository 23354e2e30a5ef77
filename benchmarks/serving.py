"""The real server in a process of its own, asked over loopback on one connection that stays open."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection

from benchmarks.places import command_line, environment
from benchmarks.timing import p50
from benchmarks.ways import asked, token_of
from memory.settings import Settings

READY_S = 60.0


@contextmanager
def server(settings: Settings) -> Iterator[tuple[HTTPConnection, float]]:
    """Start `memory serve` on a free port; lend a connection to it and the seconds until it was ready."""
    settings.address_file.unlink(missing_ok=True)
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        command_line(settings, "serve", "--port", "0"), env=environment(settings), stdout=subprocess.DEVNULL
    ) as process:
        try:
            connection = _connected(settings, process, begin)
            yield connection, time.perf_counter() - begin
            connection.close()
        finally:
            process.terminate()


def loopback(settings: Settings, cells: Sequence[str], queries: Sequence[str]) -> dict[str, float]:
    """Return the p50 of `/retrieve` in milliseconds for the caller of each cell."""
    with server(settings) as (connection, _):
        return {cell: p50(_seconds(connection, token_of(cell, settings), queries)) for cell in cells}


def _seconds(connection: HTTPConnection, token: str, queries: Sequence[str]) -> list[float]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    seconds = []
    for query in [*queries[:10], *queries]:
        begin = time.perf_counter()
        connection.request("POST", "/retrieve", asked(query), headers)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200
        seconds.append(time.perf_counter() - begin)
    return seconds[10:]


def _connected(settings: Settings, process: "subprocess.Popen[bytes]", begin: float) -> HTTPConnection:
    """Return a connection once the server says that it is ready."""
    while time.perf_counter() - begin < READY_S and process.poll() is None:
        try:
            address = json.loads(settings.address_file.read_text())
            connection = HTTPConnection(address["host"], address["port"], timeout=READY_S)
            connection.request("GET", "/health/live")
            reply = connection.getresponse()
            reply.read()
            if reply.status == 200:
                return connection
        except (OSError, ValueError):
            time.sleep(0.01)
    raise RuntimeError("the server did not become ready")
