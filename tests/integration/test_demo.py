"""The demo as users start it: a process of its own, in an empty folder, and once without any network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.commands import MEMORY, watching
from tests.integration.trapped import left, trap

CLAIMS = (
    "Mira, who works on the project, gets the policy, the clause that asks for consent, and the dataset.",
    "For Ben the contract does not exist",
    "The tax id is clear for Mira, a pii-reader, and redacted for Ben.",
    "It sees exactly what both of them may see.",
    "today three things must be on file first",
    "0 vectors written",
    "Five questions, five answers",
    "The log is what was recorded",
    "is caught, and entry",
    "All of it held.",
)


def run(
    folder: Path, model_cache: Path, *arguments: str, wrapper: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `memory demo` in `folder`, with a home of the user that must stay as it is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMORY_")}
    environment = kept | {"MEMORY_MODEL_CACHE": str(model_cache), "MEMORY_HOME": str(folder / "mine")} | variables
    command = [*wrapper, str(MEMORY), "demo", *arguments]
    return subprocess.run(  # noqa: S603 - the product's own command
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which the processes of the demo are watched; see `watching/sitecustomize.py`."""
    return tmp_path_factory.mktemp("watched")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, model_cache: Path, watched: Path) -> str:
    """Return what one demo printed. It ran with a catalogue of the user configured, and left nothing behind."""
    folder = tmp_path_factory.mktemp("demo")
    temporary = folder / "tmp"
    temporary.mkdir()
    elsewhere = f"sqlite:///{folder}/theirs.db"
    given = {"TMPDIR": str(temporary), "MEMORY_CATALOGUE_URL": elsewhere, "MEMORY_REGION": "US"}
    result = run(folder, model_cache, **given, **watching(watched))
    assert result.returncode == 0, result.stderr + result.stdout
    assert [path.name for path in folder.iterdir()] == ["tmp"]
    assert list(temporary.glob("memory-*")) == []
    return result.stdout


def test_the_demo_shows_every_claim_in_at_most_a_hundred_lines(told: str) -> None:
    assert [claim for claim in CLAIMS if claim not in told] == []
    assert len(told.splitlines()) <= 100


def test_the_demo_names_what_was_quarantined_and_why(told: str) -> None:
    assert "annex-b-signed.pdf: The document is protected by a password" in told
    assert "site-plan.dwg: application/octet-stream is not a format" in told


def test_what_nobody_asked_for_in_clear_is_not_on_the_screen(told: str) -> None:
    values = ("DE89370400440532013000", "ak_test_", "4111 1111", "219-09-9999", "943 476 5919")
    assert [value for value in values if value in told] == []


def test_no_process_of_the_demo_tries_to_reach_another_machine(told: str, watched: Path) -> None:
    """Fails when a library looks up a name or opens a connection, also one that nobody misses when it is refused."""
    assert told
    assert list(watched.glob("*.modules")) != []
    assert [file.read_text() for file in watched.glob("*.network")] == []


REACH = """
import socket, subprocess, sys
for reach in (
    lambda: socket.socket(type=socket.SOCK_STREAM).connect(("192.0.2.1", 80)),
    lambda: socket.getaddrinfo("updates.example", 443),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53)),
    lambda: socket.socket(type=socket.SOCK_STREAM).connect_ex(("127.0.0.1", 9)),
):
    try:
        reach()
    except OSError:
        pass
if sys.argv[1:]:
    subprocess.run([sys.executable, "-W", "ignore", "-c", sys.argv[1]], check=True)
"""


def test_the_trap_catches_what_leads_out_of_this_machine_in_children_too(tmp_path: Path) -> None:
    environment = os.environ | watching(tmp_path)
    subprocess.run([sys.executable, "-W", "ignore", "-c", REACH, REACH], env=environment, check=True)  # noqa: S603
    attempts = [file.read_text().splitlines() for file in tmp_path.glob("*.network")]
    assert len(attempts) == 2, "one process and its child"
    for lines in attempts:
        assert [line.split()[0] for line in lines] == ["socket.connect", "socket.getaddrinfo", "socket.sendto"]
        assert [line.split()[1] for line in lines] == ["'192.0.2.1'", "'updates.example'", "'192.0.2.1'"]


@pytest.fixture
def alone(tmp_path: Path) -> tuple[str, ...]:
    """Return what a command is put behind to run in a network of its own, with nobody else in it."""
    return trap(tmp_path, sys.executable)


def test_the_kernel_counts_what_has_no_way_out(tmp_path: Path, alone: tuple[str, ...]) -> None:
    subprocess.run([*alone, sys.executable, "-W", "ignore", "-c", REACH], check=True)  # noqa: S603
    assert left(tmp_path) > 0


def test_the_demo_needs_no_network_and_asks_for_none(tmp_path: Path, model_cache: Path, alone: tuple[str, ...]) -> None:
    """Fails when anything, native libraries included, tries to reach a machine, and when a step needs one."""
    result = run(tmp_path, model_cache, "--json", "--home", str(tmp_path / "home"), wrapper=alone)
    assert result.returncode == 0, result.stderr
    assert left(tmp_path) == 0
    report = json.loads(result.stdout)
    assert report["ok"] is True
    assert [step["step"] for step in report["steps"]] == list(range(1, 9))
    assert all(step["claims"] for step in report["steps"])
    assert report["steps"][5]["vectors_written"] == 0
    assert (tmp_path / "home" / "catalogue.db").is_file()


def test_a_demo_whose_claim_does_not_hold_ends_with_1_and_says_which(tmp_path: Path, model_cache: Path) -> None:
    """Files are too large here, and the terminal knows ASCII only.

    Bites: an `expect` that goes on when its condition is false; output that fails on a character it cannot encode.
    """
    result = run(tmp_path, model_cache, MEMORY_MAX_FILE_BYTES="1024", PYTHONIOENCODING="ascii")
    assert result.returncode == 1
    assert "step 2 did not hold: What cannot be read is quarantined with a reason" in result.stderr
    assert "? Ben is an employee" in result.stdout
    assert "All of it held" not in result.stdout


def test_the_demo_does_not_move_into_a_folder_that_is_in_use(tmp_path: Path, model_cache: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    result = run(tmp_path, model_cache, "--home", str(tmp_path / "mine"))
    assert result.returncode == 1
    assert "is in use" in result.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
