"""What a command cannot do ends with 1 and one sentence; never a traceback, never what was asked or read."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from memory.cli.app import app, main
from memory.founding import found
from memory.settings import Settings
from memory.testing.index_world import quick_folder

SECRET = "the salary of Mira"
RETRIEVE = ("--as", "user:ada", "--purpose", "support")


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """Yield a folder with a home, and files that commands are pointed at."""
    with quick_folder() as folder:
        found(Settings(home=folder / "home"))
        (folder / "file").write_text("no folder")
        (folder / "list.json").write_text("[]")
        (folder / "rules.toml").write_text('folders = "all"')
        (folder / "latin.toml").write_bytes(b"region = '\xff'")
        (folder / "docs").mkdir()
        for name, (corpus, queries, judgments) in COLLECTIONS.items():
            (folder / name / "qrels").mkdir(parents=True)
            for file, text in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels/test.tsv", judgments)):
                if text is not None:
                    (folder / name / file).write_text(text)
        yield folder


HEAD = "query-id\tcorpus-id\tscore\n"
CORPUS = json.dumps({"_id": "d1", "title": "", "text": SECRET}) + "\n"
QUERIES = json.dumps({"_id": "q1", "text": SECRET}) + "\n"
COLLECTIONS: dict[str, tuple[str | None, str | None, str | None]] = {
    "no-corpus": (None, QUERIES, f"{HEAD}q1\td1\t1\n"),
    "no-queries": (CORPUS, None, f"{HEAD}q1\td1\t1\n"),
    "no-qrels": (CORPUS, QUERIES, None),
    "empty-corpus": ("\n", QUERIES, f"{HEAD}q1\td1\t1\n"),
    "torn-corpus": (CORPUS + CORPUS[:20], QUERIES, f"{HEAD}q1\td1\t1\n"),
    "listed-corpus": (CORPUS + "[1]\n", QUERIES, f"{HEAD}q1\td1\t1\n"),
    "nameless-query": (CORPUS, '{"text": "x"}\n', f"{HEAD}q1\td1\t1\n"),
    "no-score": (CORPUS, QUERIES, f"{HEAD}q1\td1\n"),
    "no-head": (CORPUS, QUERIES, "q1\td1\t1\nq1\td1\t1\n"),
    "word-score": (CORPUS, QUERIES, f"{HEAD}q1\td1\thigh\n"),
    "other-ids": (CORPUS, QUERIES, f"{HEAD}q2\td1\t1\n"),
}

CASES: list[tuple[tuple[str, ...], str]] = [
    (("retrieve", SECRET, *RETRIEVE, "--top-k", "0"), "top_k: Input should be greater than or equal to 1"),
    (("retrieve", SECRET, *RETRIEVE, "--top-k", "101"), "top_k: Input should be less than or equal to 100"),
    (("retrieve", "", *RETRIEVE), "query: String should have at least 1 character"),
    (("retrieve", SECRET * 500, *RETRIEVE), "query: String should have at most 8000 characters"),
    (("retrieve", f"{SECRET} \udcff", *RETRIEVE), "query: "),
    (("retrieve", SECRET, "--as", "user:ada", "--purpose", ""), "purpose: String should have at least 1 character"),
    (("retrieve", SECRET, *RETRIEVE, "--as-of", "yesterday"), "A time is written like 2026-01-31T12:00:00Z"),
    (("retrieve", SECRET, "--as", "ada", "--purpose", "support"), "A principal is written everyone, user:NAME"),
    (("retrieve", SECRET, *RETRIEVE, "--through", "user:\n"), "must be printable"),
    (("show", "no-document"), "memory documents lists them"),
    (("show", "\udcff"), "memory documents lists them"),
    (("diff", "no-document", "--from", "1", "--to", "2"), "memory documents lists them"),
    (("receipt", "show", "rcp_nothing"), "There is no such receipt in this home"),
    (("receipt", "show", "\udcff"), "There is no such receipt"),
    (("token", "issue", "user:ada", "--ttl", "1d"), "A lifetime is written like 30m or 8h"),
    (("token", "issue", "user:ada"), "not in the directory"),
    (("principal", "add", "user:ada", "--country", "Germany"), "two capital letters"),
    (("principal", "add", "user:ada", "--country", "ДЕ"), "two capital letters"),
    (("principal", "add", "user:ada", "--group", "|"), "A principal is written"),
    (("group", "add", "sales", "--member", "ada"), "A principal is written"),
    (("audit", "export", "{folder}/nowhere/log.jsonl"), "cannot be written"),
    (("audit", "export", "{folder}/docs"), "cannot be written"),
    (("audit", "verify", "{folder}/nowhere"), "cannot be read"),
    (("audit", "verify", "--key", "{folder}/file"), "is no public key"),
    (("audit", "verify", "--kept", "{folder}/nowhere"), "is no checkpoint"),
    (("ingest", "{folder}/nowhere", "--source", "s"), "There is nothing at"),
    (("ingest", "x" * 5_000, "--source", "s"), "There is nothing at"),
    (("ingest", "{folder}/docs", "--source", "s", "--rules", "{folder}/list.json"), "holds no settings"),
    (("ingest", "{folder}/docs", "--source", "s", "--rules", "{folder}/latin.toml"), "cannot be read as TOML"),
    (("ingest", "{folder}/docs", "--source", "s", "--rules", "{folder}/rules.toml"), "must be a table"),
    (("ingest", "{folder}/docs", "--source", "s", "--connector", "ftp"), "There is no connector 'ftp'"),
    (("ingest", "{folder}/docs", "--source", "s", "--allow", "all"), "A principal is written"),
    (("init", "--home", "{folder}/file/home"), "cannot be made or completed"),
    (("init", "--home", "{folder}/file"), "cannot be made or completed"),
    (("init", "--home", "{folder}/other", "--region", 'DE"\nport = 1'), "a country code of two capital letters"),
    (("serve", "--port", "70000"), "port: Input should be less than or equal to 65535"),
    (("serve", "--host", "0.0.0.0"), "Refusing to serve on 0.0.0.0 without TLS"),  # noqa: S104
    (("eval", "retrieval", "{folder}/nowhere"), "qrels/test.tsv cannot be read"),
    (("eval", "retrieval", "{folder}/no-corpus"), "corpus.jsonl cannot be read"),
    (("eval", "retrieval", "{folder}/no-queries"), "queries.jsonl cannot be read"),
    (("eval", "retrieval", "{folder}/no-qrels"), "qrels/test.tsv cannot be read"),
    (("eval", "retrieval", "{folder}/empty-corpus"), "corpus.jsonl has no document"),
    (("eval", "retrieval", "{folder}/torn-corpus"), "corpus.jsonl, line 2: give a JSON object"),
    (("eval", "retrieval", "{folder}/listed-corpus"), "corpus.jsonl, line 2: give a JSON object"),
    (("eval", "retrieval", "{folder}/nameless-query"), "queries.jsonl, line 1: give a JSON object"),
    (("eval", "retrieval", "{folder}/no-score"), "test.tsv, line 2: give query-id, corpus-id and a whole score"),
    (("eval", "retrieval", "{folder}/no-head"), "test.tsv, line 2: give query-id"),
    (("eval", "retrieval", "{folder}/word-score"), "test.tsv, line 2: give query-id"),
    (("eval", "retrieval", "{folder}/other-ids"), "No query of queries.jsonl is judged"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    CASES,
    ids=[f"{number} {' '.join(one[:2])[:40]!r}" for number, (one, _) in enumerate(CASES)],
)
def test_what_cannot_be_done_is_one_sentence(
    shared: Path,
    arguments: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Fails when an error of a library reaches the end of a command: its message may quote what was asked or read."""
    monkeypatch.setenv("MEMORY_HOME", str(shared / "home"))
    code, out, err = ended(monkeypatch, capsys, *(one.replace("{folder}", str(shared)) for one in arguments))
    assert (code, out) == (1, "")
    assert err.startswith("memory: ")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert SECRET not in err + caplog.text
    assert caplog.records == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("retrieve", "leave", "--as", "user:ada", "--purpose", "support"),
        ("show", "x"),
        ("diff", "x", "--from", "1", "--to", "2"),
        ("receipt", "show", "x"),
        ("token", "issue", "user:ada"),
        ("principal", "add", "user:eve"),
        ("group", "add", "employees", "--member", "user:eve"),
        ("ingest", "notes", "--source", "notes"),
        ("source", "add", "crm"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_in_production_commands_that_act_for_others_are_refused(
    shared: Path,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Fails when a command that shows text or acts for others does not ask who runs it."""
    monkeypatch.setenv("MEMORY_HOME", str(shared / "home"))
    monkeypatch.setenv("MEMORY_PROFILE", "production")
    code, out, err = ended(monkeypatch, capsys, *arguments)
    assert (code, out) == (1, "")
    assert "needs the API and a signed token" in err


def test_what_nobody_foresaw_is_one_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Fails when an exception leaves `main`: Python prints its message, which may quote a document."""
    broken = typer.Typer()

    @broken.command()
    def command() -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr("memory.cli.app.app", broken)
    code, out, err = ended(monkeypatch, capsys)
    assert (code, out) == (1, "")
    assert err.startswith("memory: Something went wrong that should not have")
    assert "ValueError at" in caplog.text
    assert SECRET not in err + caplog.text


def test_every_command_speaks_to_machines() -> None:
    """Fails when a command is added without `--json`."""
    root = typer.main.get_command(app)
    leaves = dict(_leaves("memory", root))
    assert len(leaves) > 20
    assert [path for path, options in leaves.items() if "--json" not in options] == []
    assert [path for path, options in leaves.items() if "--home" not in options] == ["memory eval pii"]  # asks no home


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[object, str, str]:
    """Run a command in this process; return its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["memory", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    printed = capsys.readouterr()
    return caught.value.code, printed.out, printed.err


def _leaves(path: str, command: object) -> Iterator[tuple[str, set[str]]]:
    below = getattr(command, "commands", {})
    if not below:
        yield path, {option for one in getattr(command, "params", ()) for option in one.opts}
    for name, one in below.items():
        yield from _leaves(f"{path} {name}", one)
