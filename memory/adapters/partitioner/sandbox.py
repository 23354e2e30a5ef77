"""The partitioner: a pool of confined worker processes.

What enters are source bytes; what leaves is canonical text with elements, or `Unreadable` with a reason for people.
Parsing happens in processes that may not reach network, files or other processes; see `confinement`.
"""

import queue
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType

from memory.adapters.partitioner.child import Child
from memory.adapters.partitioner.limits import Limits, Refusal
from memory.domain.documents import PartitionedText
from memory.domain.errors import Unreadable, Unsupported

AHEAD = 8
"""When an eighth of its documents is left to a process, the next one is started; that takes seconds."""


class Seat:
    """A place in the pool: one worker process at a time, and towards its end the one that follows it.

    `starter` runs what starts processes. Not safe for two threads at once.
    """

    def __init__(self, limits: Limits, starter: Executor) -> None:
        self._limits = limits
        self._starter = starter
        self._child: Child | None = None
        self._next: Future[Child] | None = None

    def child(self) -> Child:
        """Return a living process with documents left to it. Raises `Unavailable`."""
        child = self._child
        if child is None or not child.alive or self._left(child) <= 0:
            child = self._replacement()
        if self._next is None and self._left(child) <= self._limits.documents_per_worker // AHEAD:
            self._next = self._start()
        return child

    def close(self) -> None:
        """End the process, and the one that was started ahead."""
        for child in (self._child, self._ahead()):
            if child is not None:
                child.close()

    def _left(self, child: Child) -> int:
        return self._limits.documents_per_worker - child.documents

    def _replacement(self) -> Child:
        if self._child is not None:
            self._child.close()
        self._child = None
        ahead = self._ahead()
        if ahead is not None and not ahead.alive:
            ahead.close()
            ahead = None
        self._child = ahead or self._start().result()
        return self._child

    def _ahead(self) -> Child | None:
        """Wait for the process that was started ahead; None where there is none, or it could not be started."""
        starting, self._next = self._next, None
        if starting is None or starting.exception() is not None:
            return None
        return starting.result()

    def _start(self) -> Future[Child]:
        return self._starter.submit(Child, self._limits)


class SandboxedPartitioner:
    """Reads documents in up to `workers` processes at once; further callers wait. Safe from any number of threads.

    Processes start at first use, serve many documents, and are replaced when they die. `close` ends them.
    """

    def __init__(self, limits: Limits, workers: int = 1) -> None:
        self._limits = limits
        self._workers = workers
        # Children end with the thread that started them, which must therefore outlive the threads of callers.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="partitioner")
        self._seats: queue.LifoQueue[Seat] = queue.LifoQueue()
        for _ in range(workers):
            self._seats.put(Seat(limits, self._starter))

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        """Return the canonical text of `content` and its elements. Raises `Unreadable`, and `Unavailable`."""
        if len(content) > self._limits.input_bytes:
            answer: PartitionedText | Refusal = Refusal.INPUT_TOO_LARGE
        else:
            with self._child() as child:
                answer = child.partition(content, media_type, name)
        if isinstance(answer, Refusal):
            reason = answer.format(subject=media_type or "A file without a type")
            raise Unsupported(reason) if answer is Refusal.UNSUPPORTED else Unreadable(reason)
        return answer

    @contextmanager
    def _child(self) -> Iterator[Child]:
        """Lend a living child, started if there is none."""
        seat = self._seats.get()
        try:
            yield seat.child()
        finally:
            self._seats.put(seat)

    def close(self) -> None:
        """End all processes; waits for documents being read."""
        for _ in range(self._workers):
            self._seats.get().close()
        self._starter.shutdown()

    def __enter__(self) -> "SandboxedPartitioner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
