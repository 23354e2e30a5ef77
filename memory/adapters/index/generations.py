"""The folders of the index: each generation is one shard of the engine, and the file CURRENT names the one in force.

A new generation (a rebuild, an optimised copy) is made beside the old one and comes into force by replacing CURRENT,
which the file system does as a whole or not at all. So after a crash at any moment exactly one generation is current,
and every other folder is rubbish that the next owner sweeps away.
"""

import json
import os
import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from memory.domain.errors import IndexUnavailable

FORMAT = 1
"""Counts changes of the payload or of the terms that need every point published again."""

BLOCK = 1 << 16

_PREFIX = "generation-"


@dataclass(frozen=True, slots=True)
class Generation:
    """What CURRENT says: the folder in force, and what its points look like."""

    name: str
    dimension: int
    format: int = FORMAT


class Generations:
    """The generations under one folder, used by its owner alone."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension

    def current(self) -> Path | None:
        """Return the folder in force, None when there never was one. Raises `IndexUnavailable` when it does not fit."""
        try:
            generation = Generation(**json.loads((self._folder / "CURRENT").read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise IndexUnavailable("The index has lost its CURRENT file; run `memory reindex`.") from error
        if (generation.format, generation.dimension) != (FORMAT, self._dimension):
            raise IndexUnavailable("The index was built by another release or model; run `memory reindex`.")
        return self._folder / generation.name

    def new(self) -> Path:
        """Return a path never used before: the child of an owner that died may still be writing to its own."""
        return self._folder / f"{_PREFIX}{uuid.uuid4().hex}"

    def copy(self) -> Path:
        """Return a new generation with the files of the current one, the engine's log included.

        A copy without the log would number its operations from 0 again, below those already in its segments, and the
        engine skips such operations in silence. Raises `IndexUnavailable`.
        """
        path, current = self.new(), self.current()
        if current is None:
            raise IndexUnavailable
        try:
            shutil.copytree(current, path, copy_function=_copy_without_zeros)
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise IndexUnavailable("The index could not be copied; see that the disk has room for it twice.") from error
        return path

    def settle(self, path: Path) -> None:
        """Sync every file of a copy: the engine only syncs what it wrote itself. Raises `IndexUnavailable`."""
        try:
            for folder, _, names in os.walk(path):
                for name in (*names, "."):
                    _sync(Path(folder, name))
        except OSError as error:
            raise IndexUnavailable("The index could not be written; see that its disk has room.") from error

    def promote(self, path: Path) -> None:
        """Bring a generation into force, durably. Raises `IndexUnavailable`."""
        draft = self._folder / "CURRENT.new"
        try:
            draft.write_text(json.dumps(asdict(Generation(path.name, self._dimension))), "utf-8")
            _sync(draft)
            draft.replace(self._folder / "CURRENT")
            _sync(self._folder)
        except OSError as error:
            raise IndexUnavailable("The index could not be written; see that its disk has room.") from error

    def sweep(self) -> None:
        """Delete every generation that is not in force; what cannot be deleted now is left to the next sweep."""
        current = self.current()
        for path in self._folder.glob(f"{_PREFIX}*"):
            if path != current:
                shutil.rmtree(path, ignore_errors=True)


def _copy_without_zeros(source: str, target: str) -> None:
    """Copy a file and leave holes for its empty blocks: most of the engine's log is preallocated and never written."""
    with Path(source).open("rb") as read, Path(target).open("wb") as write:
        while block := read.read(BLOCK):
            if block.count(0) == len(block):
                write.seek(len(block), os.SEEK_CUR)
            else:
                write.write(block)
        write.truncate()


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
