"""Commands beside a running server: one process owns the index, the others stage, or ask it over loopback."""

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.commands import END_S, Commands, InProcess, watching

LEAVE = "# Leave\n\nEverybody has thirty days of leave a year.\n"
TRAVEL = "# Travel\n\nTrains are booked by the travel office.\n"
HEAVY = {"torch", "transformers", "sentence_transformers"}


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Commands:
    """Return commands on a home in which ada may read one document."""
    folder = tmp_path_factory.mktemp("beside")
    made = InProcess(folder / "home", model_cache)
    (folder / "notes").mkdir()
    (folder / "notes" / "leave.md").write_text(LEAVE)
    made.told("init", "--region", "DE")
    made.told("principal", "add", "user:ada", "--country", "DE", "--group", "employees")
    made.told("ingest", "notes", "--source", "notes", "--allow", "group:employees")
    return made


@pytest.fixture(scope="module")
def url(commands: Commands) -> Iterator[str]:
    """Yield the address of a server that runs while the tests of this module do."""
    with commands.serving() as (_, said):
        assert set(said) == {"url", "home", "pid"}
        yield said["url"]


def ask(commands: Commands, question: str) -> set[str]:
    """Return the titles that ada gets through a command."""
    answer = commands.json("retrieve", question, "--as", "user:ada", "--purpose", "support")
    return {passage["citation"]["title"] for passage in answer["passages"]}


def post(url: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Ask the API as an application does."""
    request = urllib.request.Request(  # noqa: S310 - the address of our own server
        f"{url}/retrieve",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=END_S) as reply:  # noqa: S310
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_question_is_put_to_the_server(commands: Commands, url: str) -> None:
    """Fails when the token is sent through a proxy of the environment; without one, nobody gets an answer."""
    proxied = InProcess(commands.home, commands.model_cache, {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""})
    assert ask(proxied, "How much leave is there?") == {"leave.md"}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/documents", timeout=END_S)  # noqa: S310
    caught.value.close()
    assert caught.value.code == 401


def test_what_the_server_refuses_is_one_sentence(commands: Commands, url: str) -> None:
    assert url
    refused = commands.refused("retrieve", "leave", "--as", "user:ada", "--purpose", "curiosity")
    assert "The purpose is not registered" in refused


def test_what_is_brought_in_beside_the_server_becomes_visible(commands: Commands, url: str) -> None:
    """Fails when the server's relay does not follow what other processes stage."""
    (commands.home.parent / "notes" / "travel.md").write_text(TRAVEL)
    brought = commands.json("ingest", "notes", "--source", "notes", "--allow", "group:employees")
    assert brought["counts"] == {"added": 1}
    token = commands.told("token", "issue", "user:ada").strip()
    deadline = time.monotonic() + 10
    titles: set[str] = set()
    while "travel.md" not in titles and time.monotonic() < deadline:
        _, answer = post(url, token, {"query": "Who books trains?", "purpose": "support"})
        titles = {passage["citation"]["title"] for passage in answer["passages"]}
    assert "travel.md" in titles


def test_a_change_beside_the_server_is_obeyed_with_its_token(commands: Commands, url: str) -> None:
    """Fails when the server answers from what it remembers of the directory."""
    token = commands.told("token", "issue", "user:ada").strip()
    question = {"query": "How much leave is there?", "purpose": "support"}
    assert post(url, token, question)[1]["passages"] != []
    left = commands.json("group", "add", "employees", "--remove", "user:ada")["consistency_token"]
    status, answer = post(url, token, {**question, "at_least_as_fresh": left})
    assert (status, answer["passages"]) == (200, [])
    back = commands.json("group", "add", "employees", "--member", "user:ada")["consistency_token"]
    assert post(url, token, {**question, "at_least_as_fresh": back})[1]["passages"] != []


@pytest.mark.parametrize("arguments", [("reindex",), ("serve", "--port", "0")], ids=lambda arguments: arguments[0])
def test_what_needs_the_index_for_itself_is_refused(commands: Commands, url: str, arguments: tuple[str, ...]) -> None:
    """Fails when two processes may open one index; and when a second server takes over the address of the first."""
    assert "is owned by process" in commands.refused(*arguments)
    address = json.loads((commands.home / "server.json").read_text())
    assert url == f"http://{address['host']}:{address['port']}"
    assert ask(commands, "How much leave is there?") != set()


def test_an_address_that_is_taken_is_refused(commands: Commands, url: str, tmp_path: Path) -> None:
    """Fails when the error of the socket gets out."""
    other = InProcess(tmp_path / "home", commands.model_cache)
    other.told("init")
    assert "cannot be listened on" in other.refused("serve", "--port", url.rpartition(":")[2])
    assert not (other.home / "server.json").exists()


def test_what_needs_no_index_runs_as_usual(commands: Commands, url: str) -> None:
    assert url
    assert {one["state"] for one in commands.json("documents")["items"]} == {"ready"}
    assert commands.json("audit", "verify")["intact"] is True
    checks = {one["check"]: one for one in commands.json("doctor")["items"]}
    assert "in use by another process" in checks["parts"]["detail"]


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_closes_what_it_opened(
    model_cache: Path, tmp_path: Path, ended_by: signal.Signals
) -> None:
    """Fails when a signal ends the process before its log is signed and its address is taken away."""
    own = InProcess(tmp_path / "home", model_cache)
    own.told("init")
    own.told("principal", "add", "user:ada")
    with own.serving(**watching(tmp_path)) as (process, said):
        token = own.told("token", "issue", "user:ada").strip()
        assert post(said["url"], token, {"query": "leave", "purpose": "support"})[0] == 200
        process.send_signal(ended_by)
        assert process.wait(timeout=END_S) in (0, 130)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert not (own.home / "server.json").exists()
    log = own.json("audit", "verify")
    assert log["intact"] is True
    assert log["pinned"] >= log["entries"] - 1, "all but the record of the signing itself"
    imported = [set(file.read_text().split()) for file in tmp_path.glob("*.modules")]
    served = [names for names in imported if "uvicorn.server" in names]
    assert len(served) == 1
    assert HEAVY & served[0] == set()
    assert [file.read_text() for file in tmp_path.glob("*.network")] == []
    assert own.json("reindex")["points"] == 0, "the index is free again"
