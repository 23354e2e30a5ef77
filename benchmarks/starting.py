"""How long until a fresh process answers: the command line once, the server until it is ready, the demo to its end.

Measured on a small home and on one of a hundred thousand chunks, whose index has to be opened as well. The model is
compiled already, as it is after the first command of a home.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.large import large_home, reader
from benchmarks.layouts import folders
from benchmarks.places import command_line, environment, temporary_home
from benchmarks.reading import READER, admit
from benchmarks.report import Report, Row, at_most
from benchmarks.serving import server
from benchmarks.writing import ingesting
from memory.domain.identity import PrincipalToken
from memory.settings import Settings
from memory.wiring import build

RUNS = 7
RETRIEVE_S = 3.0
READY_S = 5.0
TOURS = 3
TOUR_S = 60.0
QUERY = "What lowers the risk of heart disease?"


def run() -> Report:
    """Start both, several times, on both homes; and tour the example company."""
    with temporary_home() as small:
        with build(small) as services:
            with ingesting(services):
                admit(services)
            services.publish()
        rows = [*_started("small home", small, READER), *_toured(small)]
    with large_home("large", folders(), graph=True) as large:
        rows += _started("100,000 chunks", large, reader("1000-10"))
    return Report(tuple(rows))


def _started(home: str, settings: Settings, who: PrincipalToken) -> Iterator[Row]:
    retrieving = sorted(_retrieve(settings, who) for _ in range(RUNS))
    yield at_most(f"memory retrieve, {home}: seconds, median of {RUNS}", median(retrieving), RETRIEVE_S)
    yield Row(f"memory retrieve, {home}: slowest", "", f"{retrieving[-1]:.2f}")
    ready = sorted(_serve(settings) for _ in range(RUNS))
    yield at_most(f"memory serve, {home}: seconds until ready, median of {RUNS}", median(ready), READY_S)
    yield Row(f"memory serve, {home}: slowest", "", f"{ready[-1]:.2f}")


def _toured(settings: Settings) -> Iterator[Row]:
    seconds = sorted(_tour(settings) for _ in range(TOURS))
    yield at_most(f"memory demo: seconds, slowest of {TOURS}", seconds[-1], TOUR_S)


def _tour(settings: Settings) -> float:
    """Run the demo in a home of its own; it fails when anything is not as it tells."""
    with TemporaryDirectory(dir=settings.home.parent) as folder:
        own = settings.model_copy(update={"home": Path(folder) / "home"})
        begin = time.perf_counter()
        subprocess.run(command_line(own, "demo", "--json"), env=environment(own), capture_output=True, check=True)  # noqa: S603
        return time.perf_counter() - begin


def _retrieve(settings: Settings, who: PrincipalToken) -> float:
    words = ("retrieve", QUERY, "--as", str(who), "--purpose", "support", "--json")
    begin = time.perf_counter()
    told = subprocess.run(command_line(settings, *words), env=environment(settings), capture_output=True, check=True)  # noqa: S603
    seconds = time.perf_counter() - begin
    assert b'"chunk"' in told.stdout, "the answer holds passages"
    return seconds


def _serve(settings: Settings) -> float:
    with server(settings) as (_, seconds):
        return seconds
