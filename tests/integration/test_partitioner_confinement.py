"""What a parser that was taken over can still do: programs that stand in for it try each thing in turn.

Each program is confined exactly as the real worker is and answers what became of its attempt.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.adapters.partitioner.child import Child
from memory.adapters.partitioner.limits import Limits, Refusal
from memory.domain.documents import PartitionedText
from memory.domain.errors import Unavailable

PROLOGUE = """
import ctypes, json, math, os, signal, socket, subprocess, sys, threading, time
from pathlib import Path
from memory.adapters.partitioner import wire
from memory.adapters.partitioner.confinement import confine, seal
from memory.adapters.partitioner.limits import Limits
settings = json.loads(sys.argv[1])
confine(Path(settings["folder"]), parent=settings["parent"], memory_bytes=settings["limits"]["memory_bytes"])
seal()
never = wire.Deadline(math.inf)
wire.send(1, b"ready", never)
def told(text):
    wire.send(1, json.dumps(dict(text=text, elements=[], parser="p", parser_version="1", notes=[])).encode(), never)
while True:
    wire.receive(0, 1000, never)
    content = wire.receive(0, 10**9, never)
"""
LIMITS = Limits(timeout_s=3.0, memory_bytes=2**29, characters=1000)


def tried(folder: Path, attempt: str, limits: Limits = LIMITS, content: bytes = b"") -> PartitionedText | Refusal:
    """Return what a child answers that runs `attempt` on each document."""
    program = folder / "program.py"
    body = "\n".join(f"        {line}" for line in attempt.strip().splitlines())
    program.write_text(
        f"{PROLOGUE}    try:\n{body}\n        told('succeeded')\n    except Exception as e: told(repr(e))\n"
    )
    child = Child(limits, (sys.executable, "-I", "-B", str(program)))
    try:
        return child.partition(content, "text/plain", "a.txt")
    finally:
        child.close()


def said(answer: PartitionedText | Refusal) -> str:
    assert isinstance(answer, PartitionedText), answer
    return answer.text


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_program_that_tries_nothing_succeeds(tmp_path: Path) -> None:
    assert said(tried(tmp_path, "pass")) == "succeeded"


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', PORT), 1)",
        "socket.create_server(('127.0.0.1', 0))",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.system('true') and 1/0",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "Path('../escaped').write_text('a')",
        "os.open(f'{settings[\"folder\"]}/../escaped', os.O_WRONLY | os.O_CREAT)",
        "Path('/etc/hostname').open('a')",
        "Path('/tmp/escaped').mkdir()",
        "os.rename('inside', '/tmp/escaped')",
        "Path('/etc/passwd').read_text()",
        "Path('SECRET').read_text()",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_what_a_parser_does_not_need_is_refused(tmp_path: Path, listener: int, attempt: str) -> None:
    """Each attempt fails when its layer is dropped: `_hook`, `_landlock`, `seal`. Its twin is the test above."""
    (tmp_path / "secret").write_text("another source's text")
    attempt = attempt.replace("PORT", str(listener)).replace("SECRET", str(tmp_path / "secret"))
    assert "succeeded" not in said(tried(tmp_path, attempt))


def test_native_code_reaches_no_network_either(tmp_path: Path, listener: int) -> None:
    """Fails when both the network namespace and Landlock's rule for TCP are dropped: the audit hook sees no C code."""
    attempt = f"""
libc = ctypes.CDLL(None, use_errno=True)
address = (2).to_bytes(2, "little") + ({listener}).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
descriptor = libc.socket(2, 1, 0)
if libc.connect(descriptor, address, 16) != 0: raise OSError(ctypes.get_errno())
"""
    assert said(tried(tmp_path, attempt)).startswith(("OSError", "PermissionError"))


def test_native_code_reads_no_file_outside(tmp_path: Path) -> None:
    """Fails when `_landlock` is dropped. A kernel without Landlock cannot keep this promise."""
    secret = tmp_path / "secret"
    secret.write_text("another source's text")
    attempt = f"""
descriptor = ctypes.CDLL(None, use_errno=True).open({str(secret)!r}.encode(), 0)
if descriptor < 0: raise PermissionError(ctypes.get_errno())
"""
    assert said(tried(tmp_path, attempt)).startswith("PermissionError")


def test_its_own_folder_can_be_written(tmp_path: Path) -> None:
    assert said(tried(tmp_path, "Path('inside').write_text('a'); Path('inside').unlink()")) == "succeeded"


def test_its_environment_holds_nothing_of_the_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_SECRET", "value")
    assert "MEMORY_SECRET" not in said(tried(tmp_path, "told(' '.join(os.environ)); continue"))


def test_memory_is_limited(tmp_path: Path) -> None:
    """Fails without RLIMIT_AS."""
    assert said(tried(tmp_path, "bytearray(4 * 2**30)")).startswith("MemoryError")


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        ("time.sleep(60)", Refusal.TIMEOUT),
        ("while True: pass", Refusal.TIMEOUT),
        ("os.kill(os.getpid(), signal.SIGSEGV)", Refusal.STOPPED),
        ("os._exit(0)", Refusal.STOPPED),
        ("while True: os.write(1, b'x' * 2**20)", Refusal.OUTPUT_TOO_LARGE),
        ("os.write(1, (2**40).to_bytes(8, 'big'))", Refusal.OUTPUT_TOO_LARGE),
        ("told('x' * 1001)", Refusal.OUTPUT_TOO_LARGE),
        ("wire.send(1, b'not an answer', never)", Refusal.STOPPED),
        ("wire.send(1, b'[' * 10000, never)", Refusal.STOPPED),
    ],
)
def test_a_child_that_misbehaves_is_a_refusal(tmp_path: Path, attempt: str, refusal: Refusal) -> None:
    started = time.monotonic()
    assert tried(tmp_path, attempt, Limits(timeout_s=1.0, memory_bytes=2**29, characters=1000)) is refusal
    assert time.monotonic() - started < 20


def test_a_child_that_does_not_read_is_a_timeout(tmp_path: Path) -> None:
    """Fails when the parent writes to a blocking pipe."""
    program = tmp_path / "program.py"
    program.write_text("import os, time\nos.write(1, (5).to_bytes(8, 'big') + b'ready')\ntime.sleep(60)\n")
    child = Child(Limits(timeout_s=0.5), (sys.executable, "-I", str(program)))
    assert child.partition(b"x" * 2**22, "text/plain", "a.txt") is Refusal.TIMEOUT
    assert not child.alive


def test_a_worker_that_cannot_start_is_not_the_fault_of_the_document(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Child(LIMITS, (sys.executable, "-I", str(tmp_path / "absent.py")))


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """Fails without PR_SET_PDEATHSIG: the child sleeps and would not notice a closed pipe."""
    program = tmp_path / "program.py"
    program.write_text(PROLOGUE.replace("while True:", "time.sleep(60)\nwhile True:"))
    parent = f"""
import sys, time
from memory.adapters.partitioner.child import Child
from memory.adapters.partitioner.limits import Limits
child = Child(Limits(), (sys.executable, "-I", "-B", {str(program)!r}))
print(child._process.pid, flush=True)
time.sleep(60)
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert gone_within(child, seconds=5)


def gone_within(process: int, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
