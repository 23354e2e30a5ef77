"""Running git with everything switched off that could run a program, reach the network or ask a person.

Only plumbing commands are used: porcelain obeys the repository's own configuration (`log.showSignature` runs
`gpg.program`). Hooks, transports, lazy fetches, replacement objects, grafts and the configuration of machine and user
are off, and nothing of this process's environment is passed on but the search path.
"""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self, cast

from memory.domain.errors import SourceFailed

_READ_SIZE = 1 << 16
_OPTIONS = (
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=0",
)
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
}


class GitProcess:
    """One running git, with pipes to and from it. Use it as a context manager, or close it.

    `protocols` names the transports it may use, separated by colons; none by default, whatever a repository's
    configuration says. Raises `SourceFailed` if git cannot be started.
    """

    def __init__(self, arguments: Sequence[str], protocols: str = "") -> None:
        options = [part for setting in _OPTIONS for part in ("-c", setting)]
        path = {"PATH": os.environ.get("PATH", os.defpath), "GIT_ALLOW_PROTOCOL": protocols}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a list, no shell; paths in it are absolute
                ["git", *options, *arguments],  # noqa: S607 - git is where the operator's PATH says
                cwd="/",  # not in the tree: its .gitattributes would have a say in what is similar
                env=_ENVIRONMENT | path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise SourceFailed("git cannot be started; install it and put it on the PATH.") from error
        self.output = cast("IO[bytes]", self._process.stdout)
        self._input = cast("IO[bytes]", self._process.stdin)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, question: bytes) -> None:
        """Send a line. Raises `SourceFailed` if git is gone."""
        try:
            self._input.write(question)
            self._input.flush()
        except OSError as error:
            raise broken() from error

    def read_some(self) -> bytes:
        """Return what is there, waiting for at least one byte. Raises `SourceFailed` at the end."""
        chunk = os.read(self.output.fileno(), _READ_SIZE)
        if not chunk:
            raise broken()
        return chunk

    def read_exactly(self, size: int) -> bytes:
        """Return `size` bytes. Raises `SourceFailed` if there are fewer."""
        content = self.output.read(size)
        if len(content) != size:
            raise broken()
        return content

    def skip(self, size: int) -> None:
        """Read past `size` bytes without keeping them."""
        while size > 0:
            size -= len(self.read_exactly(min(size, _READ_SIZE)))

    def succeeded(self) -> bool:
        """Wait for the end and say whether git was content."""
        return self._process.wait() == 0

    def close(self) -> None:
        """Stop git if it still runs, and release the pipes."""
        self._process.kill()
        for pipe in (self._input, self.output):
            with suppress(OSError):
                pipe.close()
        self._process.wait()


def run_git(arguments: Sequence[str], protocols: str = "") -> str | None:
    """Return what git printed, None if it failed."""
    with GitProcess(arguments, protocols) as process:
        output = process.output.read()
        return output.decode("utf-8", "surrogateescape") if process.succeeded() else None


def broken() -> SourceFailed:
    """Return the error of a git that ended in the middle of an answer."""
    return SourceFailed("git ended early; check the repository with `git fsck`.")
