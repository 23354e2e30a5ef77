"""Two servers and two workers, processes of the product's own commands, on one PostgreSQL and one index.

The index is a stand-in that speaks as a Qdrant server does; everything else is what runs in production.
"""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from memory.adapters.audit.keys import load_audit_keys
from memory.adapters.audit.log import SqliteAuditLog
from memory.adapters.catalogue import open_catalogue
from memory.adapters.index.elsewhere import IndexElsewhere
from memory.audit.events import AuditEvent, EventName
from memory.domain.identity import OPERATING
from memory.domain.syncs import SyncRun
from memory.ingest.claiming import PUSH
from memory.ingest.registering import open_push_source, register, source_of
from memory.settings import Settings
from memory.testing.encoder_fake import HashEncoder
from memory.wiring import build
from tests.databases import Databases
from tests.integration.commands import END_S, MEMORY, InProcess, said_by
from tests.integration.qdrant_stand_in import qdrant_stand_in

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")

WAIT_S = 40
FOLDERS, FILES = 6, 5
LARGE, BATCH = 192, 64
TOPICS = ("leave", "travel", "payroll", "notice", "budget")
PUSHED = "The badge of visitors is green."

AGES = re.compile(rb'"(receipt_id|content_age_s|acl_age_s)": *("[^"]*"|\d+)')
"""What differs between two answers to one question."""


@dataclass(frozen=True)
class Cluster:
    """What runs, and the tokens of who asks: ada and bob of law read, olga operates, a system pushes."""

    settings: Settings
    servers: list[str]
    processes: dict[int, tuple[str, subprocess.Popen[str]]]
    tokens: dict[str, str]

    def call(self, server: int, path: str, who: str, body: object = None) -> bytes:
        """Ask one of the servers; POST what has a body."""
        request = urllib.request.Request(  # noqa: S310 - the address of our own server
            f"{self.servers[server]}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=END_S) as reply:  # noqa: S310
            told: bytes = reply.read()
        return told

    def queue(self, server: int, source: str) -> str:
        """Ask for a sync and return its id."""
        return str(json.loads(self.call(server, f"/sources/{source}/sync", "olga", {}))["id"])

    def sync(self, server: int, sync_id: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.call(server, f"/syncs/{sync_id}", "olga"))
        return told

    def answer(self, server: int, who: str, question: str) -> bytes:
        """Return an answer without what no two answers share."""
        body = {"query": question, "purpose": "support", "top_k": 20}
        return AGES.sub(b"", self.call(server, "/retrieve", who, body))

    def titles(self, server: int, who: str, question: str) -> set[str]:
        passages = json.loads(self.call(server, "/retrieve", who, {"query": question, "purpose": "support"}))[
            "passages"
        ]
        return {passage["citation"]["title"] for passage in passages}

    def push(self, server: int, *allow: str) -> None:
        """Push one document with a permission of its own."""
        document = {"external_id": "badges", "title": "Badges", "text": PUSHED, "media_type": "text/plain"}
        self.call(server, "/documents", "publisher", {"documents": [{**document, "allow": allow}]})

    def run(self, source: str) -> SyncRun:
        """Return the last sync of a source as the catalogue has it."""
        with closing(open_catalogue(self.settings.catalogue)) as catalogue, catalogue.read() as session:
            return session.sources.last_syncs()[source]

    def holder(self, source: str) -> int:
        """Return the process that ran the last sync of a source."""
        holder = self.run(source).holder
        assert holder is not None
        return holder.pid

    def kind(self, pid: int) -> str:
        """Return what kind of process this is; the workers of servers are theirs."""
        return self.processes[pid][0] if pid in self.processes else "a server's"

    def kill(self, pid: int) -> None:
        """Kill a worker; whoever started it sees to it that nothing of it remains."""
        assert self.kind(pid) != "serve"
        os.kill(pid, signal.SIGKILL)
        if pid in self.processes:
            self.processes[pid][1].wait()

    def versions(self, source: str) -> Counter[int]:
        """Return how many documents of a source have how many versions."""
        with closing(open_catalogue(self.settings.catalogue)) as catalogue, catalogue.read() as session:
            documents = session.documents.page(after="", limit=1_000, source=source)
            return Counter(document.current_version for document in documents)

    def completions(self) -> Counter[str]:
        """Return how often each sync is on record as completed."""
        with closing(SqliteAuditLog(self.settings.audit_log, load_audit_keys(self.settings.keys))) as log:
            events = [AuditEvent.parse(line.leaf) for line in log.lines()]
        return Counter(event.body["sync"] for event in events if event.name is EventName.SYNC_COMPLETED)


def eventually(look: Callable[[], Any], enough: Callable[[Any], object]) -> Any:
    until = time.monotonic() + WAIT_S
    while not enough(seen := look()) and time.monotonic() < until:
        time.sleep(0.05)
    assert enough(seen), seen
    return seen


def folder(path: Path, files: int) -> str:
    path.mkdir()
    for number in range(files):
        topic = TOPICS[number % len(TOPICS)]
        text = f"# {topic} {number}\n\nThe {topic} of unit {path.name} is {number + 3} days, says rule {number}.\n"
        (path / f"{topic}-{number}.md").write_text(text)
    return str(path)


def set_up(commands: InProcess, settings: Settings) -> dict[str, str]:
    """Make a home with people and sources that nobody has read yet; return tokens."""
    commands.told("init", "--region", "DE")
    for who in ("user:ada", "user:bob", "user:olga", "service:publisher"):
        commands.told("principal", "add", who, "--country", "DE", "--group", "employees")
    commands.told("group", "add", "law", "--member", "user:bob")
    place = commands.home.parent
    with build(settings, index=IndexElsewhere(), encoder=HashEncoder()) as services:
        for number in range(FOLDERS):
            allow = {"allow": ["group:law" if number % 2 else "group:employees"]}
            where = folder(place / f"folder-{number}", FILES)
            register(source_of(f"files-{number}", "filesystem", where, "team", allow), OPERATING, services.writing)
        where = folder(place / "large", LARGE)
        allow = {"allow": ["group:law"]}
        register(source_of("large", "filesystem", where, "team", allow), OPERATING, services.writing)
        pushed = source_of("pushed", PUSH, "", "team", {"allow": ["group:employees", "group:law"]})
        register(pushed, OPERATING, services.writing)
        open_push_source(pushed, OPERATING, services.writing)
    asking = {"ada": (), "bob": (), "olga": ("--role", "operator")}
    tokens = {who: commands.told("token", "issue", f"user:{who}", *more).strip() for who, more in asking.items()}
    return tokens | {"publisher": commands.told("token", "issue", "service:publisher", "--write", "pushed").strip()}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, model_cache: Path, databases: Databases) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("cluster") / "home"
    with databases.fresh() as catalogue, qdrant_stand_in() as index, ExitStack() as stack:
        shared = {"MEMORY_CATALOGUE_URL": catalogue, "MEMORY_INDEX_URL": index, "MEMORY_INDEX_GRPC_PORT": "0"}
        commands = InProcess(home, model_cache, shared)
        settings = Settings(
            home=home, region="DE", catalogue_url=catalogue, index_url=index, index_grpc_port=0, model_cache=model_cache
        )
        tokens = set_up(commands, settings)
        serve, work = (str(MEMORY), "serve", "--port", "0", "--json"), (str(MEMORY), "worker", "--json")
        begun = [(kind[1], stack.enter_context(commands.running(*kind))) for kind in (work, work, serve, serve)]
        said = [said_by(process) for _, process in begun]
        servers = [one["url"] for one in said if "url" in one]
        yield Cluster(settings, servers, {process.pid: (kind, process) for kind, process in begun}, tokens)
        for _, process in begun:
            process.terminate()  # all at once; each is waited for as it leaves the stack


def test_syncs_queued_through_one_server_are_each_done_once_by_a_worker(cluster: Cluster) -> None:
    """Fails when what two processes begin is done twice.

    It takes that the queue is looked at before the transaction, that nobody asks whose a sync is, and that what has
    ended may change: with any one of the three guards in place the test holds.
    """
    ids = [cluster.queue(0, f"files-{number}") for number in range(FOLDERS)]
    ended = [eventually(lambda one=one: cluster.sync(1, one), lambda told: told["finished_at"]) for one in ids]
    assert [(one["state"], one["counts"], one["error"]) for one in ended] == [
        ("completed", {"added": FILES}, None)
    ] * FOLDERS
    assert [cluster.sync(0, one) for one in ids] == ended
    assert {one: cluster.completions()[one] for one in ids} == dict.fromkeys(ids, 1)
    assert {cluster.kind(cluster.holder(f"files-{number}")) for number in range(FOLDERS)} <= {"worker", "a server's"}
    assert [cluster.versions(f"files-{number}") for number in range(FOLDERS)] == [{1: FILES}] * FOLDERS


def test_both_servers_give_the_same_answers_byte_for_byte(cluster: Cluster) -> None:
    """Fails when a server answers from what it alone has learnt, tried by keeping the first state of access."""
    eventually(lambda: cluster.titles(0, "ada", "leave"), lambda found: len(found) >= 2)
    answers = {
        (who, topic): [cluster.answer(server, who, f"How many days of {topic}?") for server in (0, 1)]
        for who, topic in product(("ada", "bob"), TOPICS)
    }
    assert all(one == other for one, other in answers.values())
    assert all(b'"text"' in one for one, _ in answers.values())
    assert answers["ada", "leave"] != answers["bob", "leave"]


def test_what_is_revoked_through_one_server_is_obeyed_by_the_other_at_once(cluster: Cluster) -> None:
    """Fails as the test before; the twin, bob, goes on seeing it."""
    question = "Which badge do visitors have?"
    for here, there in ((0, 1), (1, 0)):
        cluster.push(here, "group:employees", "group:law")
        eventually(lambda there=there: cluster.titles(there, "ada", question), lambda found: "Badges" in found)
        cluster.push(here, "group:law")
        assert "Badges" not in cluster.titles(there, "ada", question)
        eventually(lambda there=there: cluster.titles(there, "bob", question), lambda found: "Badges" in found)


def test_a_sync_whose_worker_is_killed_is_finished_by_another(cluster: Cluster) -> None:
    """Fails when whoever looks for syncs looks at what is queued alone.

    Every document is there once, whoever brought it in.
    """
    sync = cluster.queue(1, "large")
    eventually(lambda: cluster.sync(0, sync), lambda told: told["counts"].get("added", 0) >= BATCH)
    killed = cluster.holder("large")
    cluster.kill(killed)
    ended = eventually(lambda: cluster.sync(0, sync), lambda told: told["finished_at"])
    assert (ended["state"], ended["error"], ended["counts"]["added"]) == ("completed", None, LARGE)
    assert ended["counts"]["unchanged"] >= BATCH, "it was killed in the middle"
    assert cluster.holder("large") != killed
    assert cluster.versions("large") == {1: LARGE}
    assert cluster.completions()[sync] == 1
    last = f"What says rule {LARGE - 1} of unit large?"
    assert cluster.answer(0, "bob", last) == cluster.answer(1, "bob", last)
