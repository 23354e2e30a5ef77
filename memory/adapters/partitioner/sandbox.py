"""The partitioner: a pool of confined worker processes.

What enters are source bytes; what leaves is canonical text with elements, or `Unreadable` with a reason for people.
Parsing happens in processes that may not reach network, files or other processes; see `confinement`.
"""

import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType

from memory.adapters.partitioner.child import Child
from memory.adapters.partitioner.limits import Limits, Refusal
from memory.domain.documents import PartitionedText
from memory.domain.errors import Unreadable, Unsupported


class SandboxedPartitioner:
    """Reads documents in up to `workers` processes at once; further callers wait. Safe from any number of threads.

    Processes start at first use, serve many documents, and are replaced when they die. `close` ends them.
    """

    def __init__(self, limits: Limits, workers: int = 1) -> None:
        self._limits = limits
        self._seats: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._seats.put(None)
        self._workers = workers
        # Children end with the thread that started them, which must therefore outlive the threads of callers.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="partitioner")

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
        child = self._seats.get()
        try:
            if child is not None and (not child.alive or child.documents >= self._limits.documents_per_worker):
                child.close()
                child = None
            child = child or self._starter.submit(Child, self._limits).result()
            yield child
        finally:
            self._seats.put(child)

    def close(self) -> None:
        """End all processes; waits for documents being read."""
        for _ in range(self._workers):
            child = self._seats.get()
            if child is not None:
                child.close()
        self._starter.shutdown()

    def __enter__(self) -> "SandboxedPartitioner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
