"""Writers that are killed, writers side by side: what was acknowledged is in the log, and the log is whole."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from memory.adapters.audit import SqliteAuditLog, create_audit_keys, ed25519_verify, load_audit_keys
from memory.audit.export import export
from memory.audit.verification import verify

WRITER = """
import sys, threading
from pathlib import Path
from memory.adapters.audit import SqliteAuditLog, load_audit_keys

home, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
log = SqliteAuditLog(home / "audit.db", load_audit_keys(home / "keys"), timeout_s=30.0)
out = threading.Lock()

def work(thread):
    for number in range(count):
        key = f"{name}/{thread}/{number}"
        sequence = log.append(('{"key":"%s"}' % key).encode(), key=key, private=key.encode())
        with out:
            sys.stdout.write(f"{sequence} {key}\\n")
            sys.stdout.flush()

threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_audit_keys(tmp_path / "keys")
    return tmp_path


def writer(home: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(home), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 our own writer


def acknowledged(process: subprocess.Popen[str]) -> dict[int, str]:
    """Return what the writer said; a line that was cut by the kill was not said."""
    said, _ = process.communicate(timeout=60)
    lines = said.split("\n")[:-1]
    return {int(sequence): key for sequence, key in (line.split(" ") for line in lines)}


def require_whole(home: Path, acks: dict[int, str]) -> int:
    """Check every acknowledged entry and the whole log; return its size."""
    keys = load_audit_keys(home / "keys")
    log = SqliteAuditLog(home / "audit.db", keys)
    lines = list(log.lines())
    assert [line.sequence for line in lines] == list(range(len(lines)))
    for sequence, key in acks.items():
        assert json.loads(lines[sequence].leaf) == {"key": key}
        found = log.find(key)
        assert found is not None
        assert found.sequence == sequence
        assert log.private(key) == key.encode()
    report = verify(export(log, keys.key), key=keys.key, verify_signature=ed25519_verify)
    log.close()
    assert report.intact
    assert report.pinned == len(lines)
    return len(lines)


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(home: Path) -> None:
    """Fails when `append` returns before the commit that holds its entry."""
    acks: dict[int, str] = {}
    for kill in range(8):
        process = writer(home, f"run{kill}", 100_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.Random(kill).uniform(0, 0.3))  # noqa: S311 repeatable, not secret
        os.kill(process.pid, signal.SIGKILL)
        sequence, key = first.split()
        acks |= {int(sequence): key, **acknowledged(process)}
        assert require_whole(home, acks) >= len(acks)
    assert len(acks) > 50


def test_two_processes_share_one_sequence(home: Path) -> None:
    """Fails when a writer trusts the tree it remembers instead of the one that is stored."""
    both: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for attempt in range(1, 9):  # a busy machine may run one process after the other
        processes = [writer(home, f"{name}{attempt}", 240) for name in ("server", "cli")]
        for acked, process in zip(both, processes, strict=True):
            acked.update(acknowledged(process))
        assert [process.returncode for process in processes] == [0, 0]
        assert not both[0].keys() & both[1].keys()
        assert require_whole(home, both[0] | both[1]) == 1920 * attempt
        order = ["server" if sequence in both[0] else "cli" for sequence in range(1920 * attempt)]
        if sum(one != other for one, other in pairwise(order)) > 2 * attempt:
            return
    pytest.fail("the two processes never wrote at the same time")
