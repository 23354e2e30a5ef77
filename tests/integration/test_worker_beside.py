"""A server hands its syncs to a worker of its own, which ends with it."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from memory.adapters.catalogue import open_catalogue
from memory.ingest.claiming import OTHER_RULES
from tests.integration.commands import END_S, START_S, Commands, InProcess

TEXT = "# Leave\n\nEverybody has thirty days of leave a year.\n"


@dataclass(frozen=True)
class Server:
    """A running server, a folder that it may sync, and tokens of who may ask for that and of who reads it."""

    commands: Commands
    url: str
    pid: int
    operator: str
    ada: str

    def call(self, path: str, token: str, body: object = None) -> Any:
        """Ask the API; POST what has a body."""
        request = urllib.request.Request(  # noqa: S310 - the address of our own server
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=END_S) as reply:  # noqa: S310
            return json.load(reply)

    def sync(self) -> dict[str, Any]:
        """Run a sync of the folder to its end."""
        run = self.call("/sources/notes/sync", self.operator, {})
        return eventually(lambda: self.call(f"/syncs/{run['id']}", self.operator), lambda told: told["finished_at"])

    def ask(self, question: str) -> set[str]:
        """Return the titles that ada gets."""
        answer = self.call("/retrieve", self.ada, {"query": question, "purpose": "support"})
        return {passage["citation"]["title"] for passage in answer["passages"]}

    @property
    def rules(self) -> Path:
        return self.commands.home / "config" / "classification.yaml"

    def worker(self) -> int:
        """Return the process that ran the latest sync."""
        with (
            closing(open_catalogue(f"sqlite:///{self.commands.home}/catalogue.db")) as catalogue,
            catalogue.read() as session,
        ):
            holder = session.sources.last_syncs()["notes"].holder
        assert holder is not None
        return holder.pid


def eventually(look: Callable[[], Any], enough: Callable[[Any], object]) -> Any:
    until = time.monotonic() + START_S
    while not enough(seen := look()) and time.monotonic() < until:
        time.sleep(0.1)
    assert enough(seen), seen
    return seen


def lives(pid: int) -> bool:
    """Say whether a process is there and has not ended: one that nobody waited for is a zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def server(tmp_path: Path, model_cache: Path) -> Iterator[Server]:
    commands = InProcess(tmp_path / "home", model_cache)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "leave.md").write_text(TEXT)
    commands.told("init", "--region", "DE")
    commands.told("principal", "add", "user:ada", "--country", "DE", "--group", "employees")
    commands.told("principal", "add", "user:olga", "--country", "DE")
    commands.told("ingest", "notes", "--source", "notes", "--allow", "group:employees")
    operator = commands.told("token", "issue", "user:olga", "--role", "operator").strip()
    with commands.serving() as (process, said):
        yield Server(commands, said["url"], process.pid, operator, commands.told("token", "issue", "user:ada").strip())


def add(server: Server, name: str, text: str) -> None:
    (server.commands.home.parent / "notes" / name).write_text(text)


def test_what_a_sync_reports_is_found_and_was_read_in_another_process(server: Server) -> None:
    """Fails when the server runs its syncs itself; and when a sync ends before the index has followed what it staged.

    A worker that died is replaced.
    """
    add(server, "travel.md", "# Travel\n\nTrains are booked by the travel office.\n")
    assert server.sync()["state"] == "completed"
    assert "travel.md" in server.ask("Who books trains?")
    worker = server.worker()
    assert worker != server.pid
    assert f"({server.pid})" in f"({Path(f'/proc/{worker}/stat').read_text().rpartition(')')[2].split()[1]})"
    os.kill(worker, signal.SIGKILL)
    add(server, "lunch.md", "# Lunch\n\nThe canteen opens at noon.\n")
    assert server.sync()["state"] == "completed"
    assert "lunch.md" in server.ask("When does the canteen open?")
    assert server.worker() not in {worker, server.pid}


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_ends_with_its_server(server: Server, asked: signal.Signals) -> None:
    """Fails when the worker waits for a signal: a server that is killed sends none."""
    assert server.sync()["state"] == "completed"
    worker = server.worker()
    os.kill(server.pid, asked)
    eventually(lambda: lives(worker), lambda alive: not alive)


def test_rules_that_changed_since_the_server_started_label_nothing_until_it_is_restarted(server: Server) -> None:
    """Fails when the server employs a worker without a look at the rules, or takes what cannot be read for its own.

    A worker that began before the edit goes on: it holds the rules of the server. The twin is the server after it.
    """
    kept = server.rules.read_text()
    for edited in (f"{kept}\n# Nothing else changed.\n", "rules: [half an edit"):
        server.rules.write_text(edited)
        told = server.sync()
        assert (told["state"], told["error"], told["started_at"]) == ("failed", OTHER_RULES, None)
    server.rules.write_text(kept)
    assert server.sync()["state"] == "completed"
    server.rules.write_text(f"{kept}\n# Reviewed.\n")
    assert server.sync()["state"] == "completed"
    os.kill(server.worker(), signal.SIGKILL)
    assert server.sync()["error"] == OTHER_RULES
    os.kill(server.pid, signal.SIGTERM)
    eventually(lambda: lives(server.pid), lambda alive: not alive)
    with server.commands.serving() as (process, said):
        assert replace(server, url=said["url"], pid=process.pid).sync()["state"] == "completed"
