"""The child process that optimises a copy of a shard: `python -m memory.adapters.index.optimizing FOLDER DIMENSION`.

The engine holds the interpreter lock while it optimises (half a minute for 50,000 points), so this cannot happen in
the process that answers. Nothing of the parent is needed: the configuration is in the folder.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from memory.adapters.index.shard import Shard
from memory.adapters.processor import give_way
from memory.domain.errors import IndexUnavailable

POLL_S = 0.2


def optimize_in_child(folder: Path, dimension: int, stopped: Callable[[], bool]) -> bool:
    """Optimise the shard in `folder`, which nobody else has open; return False when `stopped` said so meanwhile.

    Raises `IndexUnavailable` when the child fails.
    """
    # -P keeps the folder this happens to run in off the module path.
    command = [sys.executable, "-P", "-m", "memory.adapters.index.optimizing", str(folder), str(dimension)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:  # noqa: S603 - our own module and paths
        try:
            while child.poll() is None and not stopped():
                with suppress(subprocess.TimeoutExpired):
                    child.wait(POLL_S)
            if stopped():
                return False
            if child.returncode != 0:
                raise IndexUnavailable("The index could not be optimised; it goes on as it is, try again.")
            return True
        finally:
            child.kill()


def main(folder: str, dimension: str) -> None:
    """Optimise one shard, giving way to everything else on the machine."""
    give_way()
    shard = Shard.load(Path(folder), int(dimension))
    shard.optimize()
    shard.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
