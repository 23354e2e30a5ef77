"""One confined worker process, seen from the outside.

What enters is a document; what leaves is a checked answer. The process is trusted with nothing: it is killed with its
group when it exceeds its time or says anything that is not an answer.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from typing import IO, cast

from memory.adapters.partitioner import wire
from memory.adapters.partitioner.limits import Limits, Refusal
from memory.domain.documents import Member, PartitionedText
from memory.domain.errors import Unavailable

PROGRAM = (sys.executable, "-I", "-B", "-m", "memory.adapters.partitioner.worker")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}
_FATAL = (Refusal.TIMEOUT, Refusal.OUTPUT_TOO_LARGE, Refusal.STOPPED, Refusal.OUT_OF_MEMORY)


class Child:
    """A worker process. Not safe for two threads at once."""

    def __init__(self, limits: Limits, program: Sequence[str] = PROGRAM) -> None:
        """Start the process and wait until it is ready. Raises `Unavailable`.

        The kernel ends the process when the *thread* that calls this ends, so call it from one that stays.
        """
        self._limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="partition-")
        self.documents = 0
        settings = {"folder": self._folder.name, "parent": os.getpid(), "limits": limits.to_json()}
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*program, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={**_ENVIRONMENT, "TMPDIR": self._folder.name, "HOME": self._folder.name},
            start_new_session=True,
        )
        self._requests = cast("IO[bytes]", self._process.stdin).fileno()
        self._answers = cast("IO[bytes]", self._process.stdout).fileno()
        os.set_blocking(self._requests, False)
        try:
            wire.receive(self._answers, 16, wire.Deadline(limits.start_timeout_s))
        except (wire.BrokenFrame, TimeoutError) as error:
            self.close()
            raise Unavailable("The document parser cannot be started; run `memory doctor`.") from error

    @property
    def alive(self) -> bool:
        """Say whether another document can be given to it."""
        return self._process.poll() is None

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText | Refusal:
        """Return the answer to one document. After a refusal for time, size, memory or a crash the process is gone."""
        self.documents += 1
        try:
            answer = self._exchange(content, media_type, name)
        except TimeoutError:
            answer = Refusal.TIMEOUT
        except wire.Oversized:
            answer = Refusal.OUTPUT_TOO_LARGE
        except wire.BrokenFrame:
            answer = Refusal.STOPPED
        if answer in _FATAL:
            self.close()
        return answer

    def _exchange(self, content: bytes, media_type: str, name: str) -> PartitionedText | Refusal:
        deadline = wire.Deadline(self._limits.timeout_s)
        header = json.dumps({"media_type": media_type[:200], "name": name[-200:]}).encode()
        wire.send(self._requests, header, deadline)
        wire.send(self._requests, content, deadline)
        body = wire.receive(self._answers, self._limits.characters * 6 + 2**20, deadline)
        answer = wire.from_json(body, self._limits.characters)
        if isinstance(answer, Refusal):
            return answer
        announced = wire.members_of(body, self._limits.members, self._limits.member_bytes)
        return replace(answer, members=tuple(self._member(*one, deadline) for one in announced))

    def _member(self, name: str, media_type: str, size: int, deadline: wire.Deadline) -> Member:
        content = wire.receive(self._answers, size, deadline)
        if len(content) != size:
            raise wire.BrokenFrame
        return Member(name, media_type, content)

    def close(self) -> None:
        """Kill the process with everything it started, and remove its folder."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._folder.cleanup()
