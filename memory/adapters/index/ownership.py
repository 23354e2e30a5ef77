"""Who owns the embedded index: one process at a time, told by a lock that dies with it."""

import fcntl
import os
from pathlib import Path

from memory.domain.errors import IndexOwnedElsewhere


class Ownership:
    """An exclusive lock on one folder, held from construction to `release` or to the end of the process.

    The lock is the kernel's (flock) on the file LOCK: it cannot outlive its process, and the process id in the file
    only serves the message. Raises `IndexOwnedElsewhere`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise IndexOwnedElsewhere(_refusal(folder, owner)) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Give the folder up; the file stays, for removing it would race with the next owner."""
        os.close(self._file)


def _refusal(folder: Path, owner: str) -> str:
    by = f"process {owner}" if owner.isdecimal() else "another process"
    return f"The index in {folder} is owned by {by}; stop it, or ask the running server instead."
