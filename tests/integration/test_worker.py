"""A worker runs what is queued, and ends when it is asked to."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from memory.adapters.catalogue import open_catalogue
from memory.domain.identity import PrincipalToken
from memory.domain.syncs import SyncState
from memory.founding import found
from memory.ingest.claiming import request
from memory.ingest.registering import register, source_of
from memory.settings import Settings
from memory.wiring import build_beside

TIMEOUT_S = 120
OPERATOR = PrincipalToken.parse("user:operator")


def test_a_worker_runs_queued_syncs_until_it_is_asked_to_end(tmp_path: Path, model_cache: Path) -> None:
    """Would fail if the worker did not look at the queue, or did not close what it opened: its end would be no 0."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "leave.md").write_text("# Leave\n\nThirty days of leave.\n")
    settings = Settings(home=tmp_path / "home", region="DE", model_cache=model_cache)
    found(settings)
    with build_beside(settings) as services:
        source = source_of("files", "filesystem", str(folder), "team", {"allow": ["group:all"]})
        register(source, OPERATOR, services.writing)
        request(source.name, OPERATOR, services.syncing)
    command = [str(Path(sys.executable).with_name("memory")), "worker", "--home", str(settings.home), "--json"]
    environment = {**os.environ, "MEMORY_MODEL_CACHE": str(model_cache), "MEMORY_REGION": "DE"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as worker:  # noqa: S603 - our own command
        try:
            assert _ended(settings) is SyncState.COMPLETED
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(TIMEOUT_S) == 0
            assert worker.stdout is not None
            assert json.load(worker.stdout) == {"home": str(settings.home), "pid": worker.pid}
        finally:
            worker.kill()


def _ended(settings: Settings) -> SyncState | None:
    until = time.monotonic() + TIMEOUT_S
    with closing(open_catalogue(settings.catalogue)) as catalogue:
        while time.monotonic() < until:
            with catalogue.read() as session:
                run = session.sources.last_syncs()["files"]
            if run.finished_at is not None:
                return run.state
            time.sleep(0.2)
    return None
