"""Several processes on one PostgreSQL at once: nothing is lost, done twice, torn or numbered with a gap."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from memory.adapters.catalogue import open_catalogue
from memory.domain.documents import DocumentState
from memory.domain.identity import PrincipalToken
from memory.domain.syncs import SyncState
from memory.founding import found
from memory.ingest.claiming import PUSH, request
from memory.ingest.registering import open_push_source, register, source_of
from memory.publication.reconciliation import differences
from memory.settings import Settings
from memory.testing.encoder_fake import HashEncoder
from memory.wiring import build, build_beside

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = ("owner", "beside", "third")
PUSHES = 6
FOLDERS = 5
FILES = 4
OPERATOR = PrincipalToken.parse("user:operator")


@pytest.fixture
def settings(tmp_path: Path, postgresql_url: str) -> Settings:
    """Return a home with sources that are pushed, and folders whose syncs are queued."""
    settings = Settings(home=tmp_path / "home", region="DE", catalogue_url=postgresql_url)
    found(settings)
    with build_beside(settings) as services:
        for name in (*NAMES, "shared"):
            source = source_of(name, PUSH, "", "team", {"allow": ["group:employees"], "deny": []})
            register(source, OPERATOR, services.writing)
            open_push_source(source, OPERATOR, services.writing)
        for number in range(FOLDERS):
            folder = tmp_path / f"folder-{number}"
            folder.mkdir()
            for file in range(FILES):
                (folder / f"{file}.md").write_text(f"# {file}\n\npolicy {file} of folder {number}\n")
            source = source_of(f"files-{number}", "filesystem", str(folder), "team", {"allow": ["group:employees"]})
            register(source, OPERATOR, services.writing)
            request(source.name, OPERATOR, services.syncing)
    return settings


@pytest.fixture
def told(settings: Settings) -> list[dict[str, Any]]:
    """Let the processes work at once and return what each tells."""
    with ExitStack() as stack:
        running = [stack.enter_context(_process(settings, name)) for name in NAMES]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=240)[0]) for process in running]


def test_processes_beside_one_another_lose_tear_and_repeat_nothing(
    settings: Settings, told: list[dict[str, Any]]
) -> None:
    """Would fail without the lock of the counters (gaps, lost counts) or the snapshots of readers (torn views).

    One claim per source, one outcome per idempotency key, and the index of the owner agrees with the record.
    """
    assert all(one["views"] > 0 and one["torn"] == 0 for one in told)
    assert [one["shared"] for one in told] == [told[0]["shared"]] * len(NAMES)
    runs = Counter(run for one in told for run in one["syncs"])
    assert len(runs) == FOLDERS
    assert set(runs.values()) == {1}
    assert settings.catalogue_url is not None
    with closing(open_catalogue(settings.catalogue_url)) as catalogue:
        with catalogue.read() as session:
            syncs = session.sources.last_syncs().values()
            documents = session.documents.page(after="", limit=1_000)
            position = session.access.position()
        with catalogue._engine.connect() as connection:
            epochs = connection.execute(text("SELECT DISTINCT epoch FROM epochs ORDER BY epoch")).scalars().all()
    assert {run.state for run in syncs} == {SyncState.COMPLETED}
    assert epochs == list(range(1, position.epoch + 1))
    assert {one.state for one in documents} == {DocumentState.READY}
    assert len(documents) == PUSHES * (len(NAMES) + 1) + FOLDERS * FILES
    with build(settings, encoder=HashEncoder(window=64)) as services:
        services.relay.drain()
        assert services.index.count() > 0
        assert differences(services.catalogue, services.index).count == 0


def _process(settings: Settings, name: str) -> subprocess.Popen[str]:
    words = [str(settings.home), str(settings.catalogue_url), name, str(PUSHES)]
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.integration.one_of_several", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
