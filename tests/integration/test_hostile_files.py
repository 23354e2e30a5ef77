"""Forty files and more that were made to do harm: each is rejected with a reason, or read harmlessly.

Nothing leaves the sandbox: no connection, no file elsewhere, no text of another file, at most 512 MB and 60 s each.
"""

import os
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.domain.documents import PartitionedText
from memory.domain.errors import Unreadable
from memory.domain.members import member_name
from memory.testing.partitioner_contract import assert_whole
from tests.integration.hostile import hostile

SECRET = "the-secret-of-another-source"
MOST_MB, MOST_S = 512, 60
TOKEN = f"escaped-{os.getpid()}"


@dataclass
class Trial:
    """What became of one file."""

    answer: PartitionedText | str
    seconds: float


@dataclass
class Watch:
    """What the sandbox must not do while files are read."""

    connections: int = 0
    most_mb: int = 0
    trials: dict[str, Trial] = field(default_factory=dict)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """Read every hostile file once, with two workers, watched."""
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text(SECRET)
    watch, ended = Watch(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        watchers = [
            threading.Thread(target=_count_connections, args=(server, watch, ended)),
            threading.Thread(target=_measure, args=(watch, ended)),
        ]
        for one in watchers:
            one.start()
        try:
            files = hostile(str(secret), server.getsockname()[1], TOKEN)
            limits = Limits(timeout_s=6, expanded_bytes=2**26)
            with SandboxedPartitioner(limits, workers=2) as partitioner, ThreadPoolExecutor(2) as threads:
                trials = threads.map(lambda item: _tried(*item, partitioner), files.items())
                watch.trials.update(zip(files, trials, strict=True))
        finally:
            ended.set()
            for one in watchers:
                one.join()
    return watch


def _tried(name: str, content: bytes, partitioner: SandboxedPartitioner) -> Trial:
    begin = time.monotonic()
    try:
        answer: PartitionedText | str = partitioner.partition(content, "application/octet-stream", name)
    except Unreadable as error:
        answer = str(error)
    return Trial(answer, time.monotonic() - begin)


def _count_connections(server: socket.socket, watch: Watch, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            server.accept()[0].close()
            watch.connections += 1
        except TimeoutError:
            continue


def _measure(watch: Watch, ended: threading.Event) -> None:
    """Keep the highest resident size of any worker of this process."""
    while not ended.wait(0.02):
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                watch.most_mb = max(watch.most_mb, _worker_mb(folder))


def _worker_mb(folder: Path) -> int:
    try:
        status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
        ours = int(status["PPid"]) == os.getpid() and b"partitioner.worker" in (folder / "cmdline").read_bytes()
        return int(status["VmHWM"].split()[0]) // 1024 if ours else 0
    except (OSError, KeyError, ValueError):
        return 0


def test_at_least_forty_files_were_tried_and_each_has_an_answer(watch: Watch) -> None:
    assert len(watch.trials) >= 40
    for name, trial in watch.trials.items():
        assert trial.answer, name


def test_nothing_of_another_file_is_in_any_answer(watch: Watch) -> None:
    """Fails when a parser resolves entities and the kernel lets it read."""
    for name, trial in watch.trials.items():
        if isinstance(trial.answer, PartitionedText):
            inside = [member.content.decode("utf-8", "replace") for member in trial.answer.members]
            for text in (trial.answer.text, *inside):
                assert SECRET not in text, name
                assert "root:x:0" not in text, name


def test_no_connection_was_opened(watch: Watch) -> None:
    assert watch.connections == 0


def test_nothing_was_written_outside(watch: Watch) -> None:
    """Fails when a member is unpacked under the name it claims."""
    places = [Path(tempfile.gettempdir()), Path.cwd(), Path("/"), Path.cwd().parent]
    assert [place for place in places if (place / TOKEN).exists()] == []
    for name, trial in watch.trials.items():
        if isinstance(trial.answer, PartitionedText):
            assert [one.name for one in trial.answer.members if one.name != member_name(one.name)] == [], name


def test_what_was_read_is_whole(watch: Watch) -> None:
    for trial in watch.trials.values():
        if isinstance(trial.answer, PartitionedText):
            assert_whole(trial.answer)


def test_nothing_took_more_than_its_share(watch: Watch) -> None:
    """Fails without the limits on memory and time."""
    assert max(trial.seconds for trial in watch.trials.values()) <= MOST_S
    assert watch.most_mb <= MOST_MB


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bomb.zip", "unpacks to more"),
        ("ratio.zip", "unpacks to more"),
        ("overlapping.zip", "unpacks to more"),
        ("many.zip", "unpacks to more"),
        ("bomb.docx", "unpacks to more"),
        ("bomb.tar.gz", "unpacks to more"),
        ("cut.zip", "damaged"),
        ("image.docx", "damaged"),
        ("program.pdf", "damaged"),
        ("outside.epub", "damaged"),
    ],
)
def test_what_cannot_be_read_says_why(watch: Watch, name: str, reason: str) -> None:
    answer = watch.trials[name].answer
    assert isinstance(answer, str)
    assert reason in answer


@pytest.mark.parametrize(
    ("name", "words"),
    [("picture.docx", "a picture from elsewhere"), ("included.html", "a page that calls"), ("line.txt", "word word")],
)
def test_what_is_harmless_besides_is_read(watch: Watch, name: str, words: str) -> None:
    answer = watch.trials[name].answer
    assert isinstance(answer, PartitionedText)
    assert words in answer.text


def test_a_name_that_climbs_in_an_outlook_message_stays_a_name(test_data: Path) -> None:
    """Fails when an attachment keeps the folders that the message claims for it."""
    content = (test_data / "documents/docling/email/sources/msg_with_attachment.msg").read_bytes()
    climbing = content.replace("test.txt".encode("utf-16-le"), "../e.txt".encode("utf-16-le"))
    assert climbing != content
    with SandboxedPartitioner(Limits()) as partitioner:
        members = partitioner.partition(climbing, "application/octet-stream", "a.msg").members
    assert [one.name for one in members] == ["e.txt", "report.pdf"]


def test_links_in_archives_are_left_out_and_told(watch: Watch) -> None:
    """Fails when links are followed or kept."""
    for name in ("links.tar", "link.zip"):
        answer = watch.trials[name].answer
        assert isinstance(answer, PartitionedText)
        assert any("left out" in note for note in answer.notes)
        assert not {"s", "h", "null", "fifo", "link"} & {member.name for member in answer.members}
