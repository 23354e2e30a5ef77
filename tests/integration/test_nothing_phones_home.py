"""Everything the product does in a network with nobody in it: it all works, and nothing tries to leave."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from memory.cli.app import app
from tests.integration.commands import watching
from tests.integration.trapped import left, trap

REPOSITORY = Path(__file__).resolve().parents[2]
UNREADABLE = {"operations/site-plan.dwg", "contracts/brandt/annex-b-signed.pdf"}
"""Files of the example company: one in a format that is not read, one behind a password."""

ELSEWHERE = {
    "demo": "makes a home of its own, and goes through such a network in tests/integration/test_demo.py",
}
"""Commands that the walk leaves out, with the reason."""

WAYS = {
    "a connection": "socket.create_connection(('192.0.2.1', 443), 1)",
    "a connection by IPv6": "socket.create_connection(('2001:db8::1', 443), 1)",
    "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))",
    "a name": "socket.getaddrinfo('updates.example', 443)",
}


@pytest.fixture
def behind(tmp_path: Path) -> tuple[str, ...]:
    """Return what a command is put behind to be trapped."""
    return trap(tmp_path, sys.executable)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_trap_counts_every_way_out_of_a_process_without_environment(
    tmp_path: Path, behind: tuple[str, ...], way: str
) -> None:
    """The twin of the test below: an interpreter that ignores its environment, started by another, is caught."""
    inner = f"import socket\ntry: {way}\nexcept OSError: pass"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {inner!r}], env={{}}, check=True)"
    subprocess.run([*behind, sys.executable, "-I", "-c", outer], check=True)  # noqa: S603
    assert left(tmp_path) > 0


def test_loopback_is_no_way_out(tmp_path: Path, behind: tuple[str, ...]) -> None:
    served = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    subprocess.run([*behind, sys.executable, "-I", "-W", "ignore", "-c", served], check=True)  # noqa: S603
    assert left(tmp_path) == 0


def test_nothing_that_the_product_does_tries_to_reach_another_machine(
    tmp_path: Path, model_cache: Path, behind: tuple[str, ...]
) -> None:
    """Fails when any process, native code included, opens a connection to another machine or looks up a name.

    Tried: the statistics of OpenVINO left on. Fails also when a command is added that the walk leaves out.
    """
    watched = tmp_path / "watched"
    watched.mkdir()
    folder = tmp_path / "product"
    folder.mkdir()
    told = watching(watched)
    environment = os.environ | told | {"PYTHONPATH": os.pathsep.join([told["PYTHONPATH"], str(REPOSITORY)])}
    command = [*behind, sys.executable, "-m", "tests.integration.whole_product", str(folder), str(model_cache)]
    ended = subprocess.run(  # noqa: S603
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert [file.read_text() for file in watched.glob("*.network")] == []
    assert left(tmp_path) == 0
    told = json.loads(ended.stdout)
    states = told["states"]
    assert {name for name, state in states.items() if state == "quarantined"} == UNREADABLE
    members = {"a.eml!/attached.md", "a.msg!/attached.md", "a.zip!/mail.eml!/attached.md", "a.tar!/inside.txt"}
    assert members < states.keys()
    assert {name for name in commands() if not ran(name, told["ran"])} == ELSEWHERE.keys()


def commands(tree: Any = None, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the name of every command that `memory --help` leads to."""
    below = getattr(tree or get_command(app), "commands", None)
    if below is None:
        yield " ".join(above)
        return
    for name, one in below.items():
        yield from commands(one, (*above, name))


def ran(name: str, all_arguments: list[list[str]]) -> bool:
    words = name.split()
    return any(arguments[: len(words)] == words for arguments in all_arguments)


def test_a_command_that_nobody_ran_is_noticed() -> None:
    """The twin of the end of the walk; fails when groups are taken for commands, or a group for what is in it."""
    names = set(commands())
    assert {"ingest", "source suspend", "audit export"} <= names
    assert "source" not in names
    assert (ran("source list", [["source", "add", "x"]]), ran("source list", [["source", "list"]])) == (False, True)
