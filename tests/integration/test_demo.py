"""The demo as users start it: a process of its own, in an empty folder, and once without any network."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from memory.cli.company import read_company
from memory.cli.demo import tour
from memory.cli.tour.voice import Voice
from memory.domain.identity import PrincipalToken
from memory.settings import Settings
from memory.shipped import shipped
from tests.integration.commands import MEMORY, watching
from tests.integration.trapped import left, trap

CLAIMS = (
    "What cannot be read is quarantined with a reason, and the rest goes on.",
    "At least 40 documents in at least 6 formats, two languages and two git histories.",
    "the law of three countries protects people in these documents",
    "Mira, who works on the project, gets the policy, the clause that asks for consent, and the dataset.",
    "For Ben the contract does not exist",
    "The tax id is clear for Mira, a pii-reader, and redacted for Ben.",
    "Samir, who reads finances as well, has it in clear.",
    "Imogen in Leeds gets the dataset",
    "in Boston: data of people in Germany does not reach her",
    "The page of the German handbook is the first answer.",
    "It sees exactly what both of them may see.",
    "One document through two edits and a new name.",
    "today three things must be on file first",
    "The deleted page was the answer; now nobody finds it.",
    "Nor does a question about the time when it stood there.",
    "The contract is gone with the next request",
    "0 vectors written",
    "A token of a change that has not arrived yet is refused",
    "Five questions, five answers",
    "The log is what was recorded",
    "The copy is caught, and entry",
    "All of it held: 31 claims in 13 steps.",
)
WIDTH = 80
"""Of what is no terminal."""


def flowing(text: str) -> str:
    """Return a text without the breaks that only make it fit."""
    return " ".join(text.split())


def run(
    folder: Path,
    model_cache: Path,
    *arguments: str,
    wrapper: tuple[str, ...] = (),
    given: str | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run `memory demo` in `folder`, with a home of the user that must stay as it is; `given` is what is typed."""
    environment = clean(model_cache) | {"MEMORY_HOME": str(folder / "mine")} | variables
    command = [*wrapper, str(MEMORY), "demo", *arguments]
    return subprocess.run(  # noqa: S603 - the product's own command
        command, cwd=folder, env=environment, input=given, capture_output=True, text=True, timeout=300, check=False
    )


def clean(model_cache: Path) -> dict[str, str]:
    """Return the environment without settings of the product and sizes of a terminal."""
    own = ("MEMORY_", "COLUMNS", "FORCE_COLOR", "TTY_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"MEMORY_MODEL_CACHE": str(model_cache)}


@dataclass(frozen=True)
class Kept:
    """What a demo printed that left its home, and an environment for commands in it."""

    told: str
    home: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    result = run(folder, model_cache, "--home", str(folder / "a home"))
    assert result.returncode == 0, result.stderr
    return Kept(result.stdout, folder / "a home", clean(model_cache))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> dict[str, Any]:
    """Return what a demo tells machines."""
    result = run(tmp_path_factory.mktemp("reported"), model_cache, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


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


def test_the_demo_shows_every_claim(told: str) -> None:
    assert [claim for claim in CLAIMS if claim not in flowing(told)] == []


def test_what_is_no_terminal_gets_plain_lines_that_fit(told: str) -> None:
    """Commands may be longer where breaking them would change what they say."""
    assert "\x1b" not in told
    commands = [line for command in printed_commands(told) for line in command.splitlines()]
    long = [line for line in told.splitlines() if len(line) > WIDTH]
    assert [line for line in long if line.removeprefix("   $ ") not in commands] == []


def test_the_demo_names_what_was_quarantined_and_why(told: str) -> None:
    assert "annex-b-signed.pdf: The document is protected by a password" in flowing(told)
    assert "site-plan.dwg: application/octet-stream is not a format" in flowing(told)


def test_what_nobody_asked_for_in_clear_is_not_on_the_screen(told: str) -> None:
    """The account number is there once, for the one who may read it."""
    values = ("ak_test_", "4111 1111", "219-09-9999", "943 476 5919", "DE75512108001245126199", "AB 12 34 56 C")
    assert [value for value in values if value in told] == []
    assert told.count("DE89370400440532013000") == 1


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
    assert [step["step"] for step in report["steps"]] == list(range(1, 14))
    assert all(step["claims"] for step in report["steps"])
    assert report["steps"][10]["vectors_written"] == 0
    assert (tmp_path / "home" / "catalogue.db").is_file()


def test_the_catalogue_of_the_demo_has_forty_documents_six_formats_two_languages_two_histories_three_countries(
    reported: dict[str, Any],
) -> None:
    """What cannot be read, and versions that are no longer in force, are counted apart."""
    people, came_in = reported["steps"][:2]
    assert came_in["documents"] >= 40
    assert came_in["versions"] > came_in["documents"]
    assert len(came_in["formats"]) >= 6
    told = (shipped("examples") / "README.md").read_text(encoding="utf-8")
    assert f"holds {came_in['documents']} documents in ten formats" in flowing(told)
    assert len(came_in["formats"]) == 10
    assert min(came_in["languages"][name] for name in ("en", "de")) >= 10
    assert came_in["histories"] == 2
    assert people["countries"] == sorted(came_in["countries"]) == ["DE", "GB", "US"]
    assert came_in["quarantined"].keys() == {"brandt/annex-b-signed.pdf", "site-plan.dwg"}


def test_the_two_who_ask_the_same_question_get_different_answers(reported: dict[str, Any]) -> None:
    answers = reported["steps"][2]
    assert set(answers["ben"]) < set(answers["mira"])


def test_the_deletion_of_the_demo_is_an_incremental_sync(reported: dict[str, Any]) -> None:
    assert reported["steps"][9]["changes"] == {"deleted": 1, "updated": 1}


def printed_commands(told: str) -> list[str]:
    """Return the commands that a reader is offered, lines that are continued as they stand."""
    return [match[1] for match in re.finditer(r"^   \$ ((?:.*\\\n)*.*)$", told, re.MULTILINE)]


def test_every_command_that_the_demo_prints_does_what_it_shows_in_the_home_that_it_left(kept: Kept) -> None:
    """A shell runs them in their order; only the server and the request to it are left out.

    Bites: a question that is not quoted, an option that does not exist, an id of another home.
    """
    commands = printed_commands(kept.told)
    left_out = [one for one in commands if one.startswith(("memory serve", "curl "))]
    assert len(left_out) == 2
    *trusted, tampered = [one for one in commands if one not in left_out]
    script = "\n".join(["set -e", *trusted, f"if {tampered}; then exit 3; fi"])
    path = f"{MEMORY.parent}{os.pathsep}{os.environ['PATH']}"
    environment = kept.environment | {"PATH": path, "MEMORY_OPERATOR": "olga"}
    ended = subprocess.run(  # noqa: S603
        ["sh", "-c", script],  # noqa: S607
        env=environment,
        cwd=kept.home.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert not (kept.home / "models").exists(), "the model was not compiled anew"
    assert "Nobody may share a customer dataset" in ended.stdout
    assert "{+Nobody+}" in ended.stdout
    assert "team lead may share a customer dataset" in ended.stdout
    assert "The log is intact" in ended.stdout
    assert "NOT what was recorded" in ended.stdout


def test_a_pause_waits_for_enter_and_goes_on_without_anybody_there(tmp_path: Path, model_cache: Path) -> None:
    """The input ends after two lines. Bites: an end of input that ends the demo, or is asked for again."""
    result = run(tmp_path, model_cache, "--pause", given="\n\n")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Enter goes on") == 3
    assert "All of it held" in result.stdout


@pytest.mark.parametrize(
    ("group", "member", "step", "claim"),
    [
        ("brandt-project", "ben", 3, "For Ben the contract does not exist"),
        ("finance-readers", "ben", 4, "The account number is redacted for both"),
        ("employees", "noor", 5, "The guest and the one who has left get nothing at all"),
    ],
)
def test_the_tour_stops_at_the_first_claim_that_a_company_does_not_keep(
    tmp_path: Path, model_cache: Path, group: str, member: str, step: int, claim: str
) -> None:
    """Bites: a step that shows an answer and claims something else than what it shows."""
    company = read_company(shipped("examples") / "company")
    joined = PrincipalToken.parse(f"group:{group}")
    groups = company.groups | {joined: (*company.groups[joined], PrincipalToken.parse(f"user:{member}"))}
    principals = tuple(replace(one, guest=False) if one.token.id == member else one for one in company.principals)
    changed = replace(company, groups=groups, principals=principals)
    settings = Settings(home=tmp_path, region=company.region, model_cache=model_cache)
    report = tour(settings, changed, Voice(Console(quiet=True)))
    assert report["ok"] is False
    assert report["failed"]["step"] == step
    assert report["failed"]["claim"].startswith(claim)


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
