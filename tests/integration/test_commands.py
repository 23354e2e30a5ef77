"""One session of an operator through the commands, on one home; what machines read is pinned."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from memory.domain.documents import HIDDEN_NOTE
from tests.integration.commands import Commands, InProcess, watching

LEAVE = "# Leave\n\nEverybody has thirty days of leave a year. Überstunden are paid.\n"
TRAVEL = "# Travel\n\nTrains are booked by the front desk.\n"
NEWER = TRAVEL.replace("front desk", "travel office")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Commands:
    """Return commands on a home with two people, a folder that one may read, and a repository for all."""
    folder = tmp_path_factory.mktemp("session")
    made = InProcess(folder / "home", model_cache)
    (folder / "notes").mkdir()
    (folder / "notes" / "leave.md").write_text(LEAVE)
    (folder / "notes" / "plan.dwg").write_bytes(b"\x00\x01\x02")
    repository(folder / "travel")
    assert set(made.json("init", "--region", "DE")) == {"home", "made"}
    made.told("principal", "add", "user:ada", "--country", "DE", "--group", "employees")
    made.told("principal", "add", "user:ben", "--country", "DE", "--group", "employees")
    made.told("ingest", "travel", "--source", "travel", "--connector", "git", "--allow", "everyone")
    made.told("ingest", "notes", "--source", "notes", "--allow", "local|user|ada", "--team", "people")
    return made


def repository(folder: Path) -> None:
    """Make a repository in which one page has two versions, by two people."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for text, author in ((TRAVEL, "Ada <ada@example.com>"), (NEWER, "Ben <ben@example.com>")):
        (folder / "travel.md").write_text(text)
        git(folder, "add", "travel.md")
        git(folder, "commit", "--quiet", "--message", "Travel", "--author", author)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607


@pytest.fixture(scope="module")
def ids(commands: Commands) -> dict[str, str]:
    """Return the ids of the documents by the names of their files."""
    return {one["external_id"]: one["id"] for one in commands.json("documents")["items"]}


def ask(commands: Commands, who: str, *more: str) -> Any:
    return commands.json("retrieve", "How much leave is there?", "--as", who, "--purpose", "support", *more)


def test_documents_are_told_with_their_state(commands: Commands) -> None:
    items = commands.json("documents")["items"]
    assert [set(one) for one in items] == [
        {"id", "external_id", "source", "title", "version", "state", "reason", "noted", "hidden_text"} for _ in items
    ]
    states = {one["external_id"]: (one["source"], one["version"], one["state"]) for one in items}
    assert states == {
        "leave.md": ("notes", 1, "ready"),
        "plan.dwg": ("notes", 1, "quarantined"),
        "travel.md": ("travel", 2, "ready"),
    }
    assert "not a format" in next(one["reason"] for one in items if one["external_id"] == "plan.dwg")
    assert len(commands.json("documents", "--source", "travel")["items"]) == 1


def test_an_id_stands_in_one_piece_where_there_is_no_terminal(commands: Commands, ids: dict[str, str]) -> None:
    """Fails when a table is cut to 80 columns in a pipe: an id that goes over two lines cannot be taken from it."""
    listed = {line.split()[0]: line.split()[2] for line in commands.told("documents").splitlines()[1:]}
    assert listed == {ids[name]: name for name in ids}


def test_a_name_that_nobody_added_is_told_to_the_operator(commands: Commands) -> None:
    """Fails when a misspelt name looks like an empty memory. The answer itself tells nothing of it."""
    asked = ("retrieve", "How much leave is there?", "--purpose", "support")
    stranger, known = (commands.run(*asked, "--as", who) for who in ("user:zoe", "user:ben"))
    assert "local|user|zoe is not in the directory" in stranger.stderr
    assert "Nothing that you may see answers this." in stranger.stdout
    assert known.stderr == ""


def test_versions_are_told_oldest_first(commands: Commands, ids: dict[str, str]) -> None:
    items = commands.json("versions", ids["travel.md"])["items"]
    assert [set(one) for one in items] == [
        {"version", "commit", "path", "author", "modified_at", "content_hash", "noted", "hidden_text"} for _ in items
    ]
    assert [(one["version"], one["path"], one["author"].split()[0]) for one in items] == [
        (1, "travel.md", "Ada"),
        (2, "travel.md", "Ben"),
    ]
    assert len({one["commit"] for one in items}) == 2


def test_a_text_is_shown_byte_for_byte_and_to_machines_with_its_version(
    commands: Commands, ids: dict[str, str]
) -> None:
    """Fails when the text goes through a terminal's line ends, or when machines get it without its number."""
    leave, travel = ids["leave.md"], ids["travel.md"]
    assert commands.told("show", leave) == LEAVE
    assert commands.told("show", travel, "--version", "1") == TRAVEL
    shown = commands.json("show", travel)
    assert set(shown) == {
        "document", "version", "commit", "path", "author", "modified_at", "content_hash", "noted", "hidden_text",
        "notes", "text",
    }  # fmt: skip
    assert (shown["document"], shown["version"], shown["text"]) == (travel, 2, NEWER)
    processes = Commands(commands.home, commands.model_cache, {"PYTHONIOENCODING": "ascii"})
    narrow = processes.run("show", leave, "--json")
    assert json.loads(narrow.stdout)["text"] == LEAVE


def test_a_version_that_is_not_there_is_refused(commands: Commands, ids: dict[str, str]) -> None:
    """Fails when 0 stands for the current version, as an absent number does."""
    travel = ids["travel.md"]
    for number in ("0", "-1", "3", str(2**70)):
        assert "count from 1 to 2" in commands.refused("show", travel, "--version", number)
    for old, new in (("0", "2"), ("1", "0")):
        assert "count from 1 to 2" in commands.refused("diff", travel, "--from", old, "--to", new)


def test_a_difference_is_told_to_people_and_machines(commands: Commands, ids: dict[str, str]) -> None:
    travel = ids["travel.md"]
    found = commands.json("diff", travel, "--from", "1", "--to", "2")
    assert set(found) == {"added", "removed", "changes"}
    assert (found["added"], found["removed"]) == ([NEWER.splitlines()[2]], [TRAVEL.splitlines()[2]])
    assert "travel office" in commands.told("diff", travel, "--from", "1", "--to", "2")


def test_an_answer_and_its_receipt(commands: Commands) -> None:
    answer = ask(commands, "user:ada")
    assert set(answer) == {"receipt_id", "passages", "obligations", "policy_revision", "access", "usage"}
    assert "leave.md" in {one["citation"]["title"] for one in answer["passages"]}
    assert "leave.md" not in {one["citation"]["title"] for one in ask(commands, "user:ben")["passages"]}
    receipt = commands.json("receipt", "show", answer["receipt_id"])
    assert {"inputs", "policies", "tools", "data", "authorization", "receipt_id", "at", "sequence"} <= set(receipt)
    assert "thirty" not in json.dumps(receipt)
    for_people = commands.told("retrieve", "leave", "--as", "user:ada", "--purpose", "support", "--top-k", "1")
    assert "Everybody has thirty days" in for_people


def test_the_retriever_needs_neither_torch_nor_transformers(commands: Commands, tmp_path: Path) -> None:
    """Fails when an import of the encoder's tools comes into the way of a question: each costs seconds."""
    watched = Commands(commands.home, commands.model_cache, watching(tmp_path))
    assert ask(watched, "user:ada")["passages"] != []
    assert heavy(tmp_path) == set()


def heavy(watched: Path) -> set[str]:
    """Return what was imported, by any process that was watched, and takes seconds to import."""
    (listing,) = [file.read_text().split() for file in watched.glob("*.modules")]
    assert "memory.retrieval.pipeline" in listing
    return {"torch", "transformers", "sentence_transformers", "unstructured"} & set(listing)


def test_everybody_whom_an_option_can_name_is_understood(commands: Commands) -> None:
    names = ("everyone", "user:ada", "group:sales", "corp|user|x|y")
    allowed = [word for name in names for word in ("--allow", name)]
    source = commands.json("source", "add", "crm", *allowed)
    assert source == {
        "name": "crm",
        "ceiling": ["corp|user|x|y", "local|everyone|*", "local|group|sales", "local|user|ada"],
    }
    assert {one["name"]: one["connector"] for one in commands.json("source", "list")["items"]} == {
        "crm": "push",
        "notes": "filesystem",
        "travel": "git",
    }


def test_a_source_is_suspended_and_returns(commands: Commands) -> None:
    """Fails when a command, or the way it opens the home, forgets the switch. It works in production as well."""

    def cited() -> set[str]:
        return {passage["citation"]["source"] for passage in ask(commands, "user:ada")["passages"]}

    suspending = ("source", "suspend", "notes", "--reason", "content", "--json")
    for changed in (True, False):
        told = json.loads(commands.run(*suspending, MEMORY_PROFILE="production").stdout)
        assert len(told.pop("consistency_token")) == 64
        assert told == {"name": "notes", "active": False, "changed": changed}
    assert {one["name"] for one in commands.json("source", "list")["items"] if not one["active"]} == {"notes"}
    assert cited() == {"travel"}
    asked = ("ingest", "notes", "--source", "notes", "--allow", "local|user|ada", "--team", "people")
    assert "memory source resume notes" in commands.refused(*asked)
    assert "has returned" in commands.told("source", "resume", "notes")
    assert cited() == {"notes", "travel"}
    assert "memory source list" in commands.refused("source", "suspend", "nothing", "--reason", "legal")
    assert commands.run("source", "suspend", "notes").returncode == 2  # without a reason


def test_people_and_groups_are_told_to_machines(commands: Commands) -> None:
    """Fails when a consistency token is told to people alone: who changes a group by a script could not wait for it."""
    added = commands.json("principal", "add", "service:bot", "--agent", "--name", "Bot", "--group", "helpers")
    token = added.pop("consistency_token")
    assert added == {
        "token": "local|service|bot",
        "name": "Bot",
        "country": None,
        "guest": False,
        "agent": True,
        "active": True,
        "groups": ["local|group|helpers"],
    }
    assert {one["token"] for one in commands.json("principal", "list")["items"]} >= {"local|user|ada", added["token"]}
    change = commands.json("group", "add", "helpers", "--member", "user:ada", "--remove", "service:bot")
    later = change.pop("consistency_token")
    assert change == {
        "group": "local|group|helpers",
        "added": ["local|user|ada"],
        "removed": ["local|service|bot"],
        "members": ["local|user|ada"],
    }
    assert commands.json("group", "members", "helpers") == {"items": ["local|user|ada"]}
    assert len({token, later}) == 2
    assert all(len(one) == 64 and int(one, 16) >= 0 for one in (token, later))


def test_a_token_is_issued(commands: Commands) -> None:
    issued = commands.json("token", "issue", "user:ada", "--role", "auditor", "--ttl", "30m")
    assert set(issued) == {
        "token", "token_id", "subject", "actor", "application", "roles", "writes", "expires_at",
    }  # fmt: skip
    assert (issued["subject"], issued["roles"]) == ("local|user|ada", ["auditor"])
    assert commands.told("token", "issue", "user:ada").count(".") == 2


def test_the_log_is_exported_and_verified_here_and_elsewhere(commands: Commands, tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl"
    exported = commands.json("audit", "export", str(target))
    assert exported == {
        "export": str(target),
        "bytes": target.stat().st_size,
        "key": str(commands.home / "keys" / "audit-signing.pub"),
    }
    here = commands.json("audit", "verify")
    there = commands.json("audit", "verify", str(target), "--key", exported["key"])
    assert set(here) == {"intact", "entries", "pinned", "checkpoints", "discrepancies"}
    assert (here["intact"], there["intact"]) == (True, True)
    target.write_bytes(target.read_bytes().replace(b"local|user|olga", b"local|user|otto", 1))
    forged = commands.run("audit", "verify", str(target), "--key", exported["key"], "--json")
    assert forged.returncode == 1
    assert json.loads(forged.stdout)["discrepancies"] != []


def test_the_index_is_rebuilt_without_embedding_and_the_home_is_well(commands: Commands) -> None:
    rebuilt = commands.json("reindex")
    assert rebuilt["points"] >= 2
    assert rebuilt["inferences"] == 0
    checks = commands.json("doctor")["items"]
    assert [set(one) for one in checks] == [{"check", "ok", "detail"} for _ in checks]
    assert [one["check"] for one in checks if not one["ok"]] == []
    assert [one["title"] for one in (p["citation"] for p in ask(commands, "user:ada")["passages"])] != []


def test_bringing_in_again_changes_nothing(commands: Commands) -> None:
    again = commands.json("ingest", "notes", "--source", "notes", "--allow", "user:ada", "--team", "people")
    assert set(again) == {"source", "counts", "published_points", "trouble", "noted"}
    assert set(again["counts"]) <= {"unchanged", "quarantined"}
    assert again["published_points"] == 0


def test_what_was_noted_is_counted_in_lists_and_told_with_the_text(tmp_path: Path, model_cache: Path) -> None:
    """Fails when notes are not kept with the version, or when a list, which needs no operator, tells their words.

    The twins are `ingest` and `show`, which name their operator, are recorded, and are refused in production.
    """
    commands = InProcess(tmp_path / "home", model_cache)
    (tmp_path / "menus").mkdir()
    (tmp_path / "menus" / "menu.txt").write_bytes(b"The caf\xe9 opens at noon.")
    (tmp_path / "menus" / "plain.txt").write_text("The canteen opens at eleven.")
    (tmp_path / "menus" / "seen.html").write_text("<p>Seen.</p><p style='display: none'>Hidden.</p>")
    note = "not valid UTF-8; read as cp1252"
    commands.told("init", "--region", "DE")
    ingested = commands.run("ingest", "menus", "--source", "menus")
    assert f"noted: menu.txt: {note}" in " ".join(ingested.stderr.split())
    items = {one["external_id"]: one for one in commands.json("documents")["items"]}
    menu = items["menu.txt"]["id"]
    assert [(items[name]["noted"], items[name]["hidden_text"]) for name in ("menu.txt", "plain.txt", "seen.html")] == [
        (1, False), (0, False), (1, True),
    ]  # fmt: skip
    assert [one["noted"] for one in commands.json("versions", menu)["items"]] == [1]
    lists = [commands.told(*asked, *how) for asked in (["documents"], ["versions", menu]) for how in ([], ["--json"])]
    assert not [listed for listed in lists if note in listed]
    assert f"1 note: {HIDDEN_NOTE}" in lists[0]
    assert commands.json("show", menu)["notes"] == [note]
    assert "refused" in commands.refused("show", menu, MEMORY_PROFILE="production")
    shown = commands.run("show", menu)
    assert (shown.stdout, shown.stderr) == ("The café opens at noon.", f"note: {note}\n")
    (tmp_path / "menus" / "menu.txt").write_bytes(b"The caf\xe9 is closed.")
    again = commands.json("ingest", "menus", "--source", "menus")
    assert again["noted"] == [{"external_id": "menu.txt", "notes": [note]}]


def test_a_tiny_collection_is_measured(commands: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    texts = {"d1": "Trains are booked by the front desk.", "d2": "The canteen opens at noon.", "d3": "Leave is paid."}
    asked = {"q1": "Who books trains?", "q2": "When does the canteen open?", "q3": "Nobody judged this."}
    (folder / "corpus.jsonl").write_text(lines({"_id": key, "title": "", "text": text} for key, text in texts.items()))
    (folder / "queries.jsonl").write_text(lines({"_id": key, "text": text} for key, text in asked.items()))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")
    measured = commands.json("eval", "retrieval", str(folder))
    assert list(measured) == ["dense", "sparse", "fused"]
    assert all(set(one) == {"ndcg@10", "recall@10", "mrr@10"} for one in measured.values())
    assert measured["fused"] == {"ndcg@10": 1.0, "recall@10": 1.0, "mrr@10": 1.0}
    assert len(commands.json("documents")["items"]) == 3, "the home of the operator stays as it is"


def lines(bodies: Any) -> str:
    return "".join(json.dumps(body) + "\n" for body in bodies)


def test_a_source_that_nobody_may_read_says_so(commands: Commands) -> None:
    (commands.home.parent / "empty").mkdir()
    assert "Nobody may read empty yet" in commands.run("ingest", "empty", "--source", "empty").stderr
    assert "Nobody" not in commands.run("ingest", "empty", "--source", "empty", "--allow", "everyone").stderr


def test_a_member_that_nobody_added_is_told_to_the_operator(commands: Commands) -> None:
    """It joins all the same: groups may be filled before people are."""
    joined = commands.run(
        "group", "add", "guild", "--member", "user:zoe", "--member", "group:hr", "--member", "user:ada"
    )
    assert "local|user|zoe is not in the directory yet" in joined.stderr
    assert len(joined.stderr.splitlines()) == 1
    assert "3 members" in joined.stdout
