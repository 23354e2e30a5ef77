"""A repository on this machine: branches, first-parent commits, what each changed, and the bytes of files.

Three git processes serve a whole walk: one lists commits, one compares trees, one hands out objects.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from connectors.git.lineage import Change
from connectors.git.process import GitProcess, broken, run_git

MESSAGE_LIMIT = 4000
"""Code points kept of a commit message."""

_FIELDS = ("%H", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B")
_COMMIT_FORMAT = ("--no-commit-header", "--encoding=UTF-8", f"--format={''.join(f'{field}%x00' for field in _FIELDS)}")
_LINK_MODE = "120000"
_READ_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class Commit:
    """The facts of one commit; times are Unix seconds. Names and messages are whatever their author wrote."""

    id: str
    parents: tuple[str, ...]
    author: str
    authored: int
    committer: str
    committed: int
    message: str


class Blob(NamedTuple):
    """The bytes of a file, or the reason why there are none."""

    content: bytes
    problem: str | None = None


class Repository:
    """A repository, open for reading; close it by leaving its context. All methods may raise `SourceFailed`."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._differ: GitProcess | None = None
        self._objects: GitProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in (self._differ, self._objects):
            if process is not None:
                process.close()
        self._differ = self._objects = None

    def head_branch(self) -> str | None:
        """Return the name of the branch that HEAD is on, None if it is on none."""
        name = run_git(self._command("symbolic-ref", "--quiet", "HEAD"))
        return name.strip().removeprefix("refs/heads/") if name else None

    def tip(self, branch: str) -> str | None:
        """Return the commit that a branch stands at, None if there is no such branch."""
        line = run_git(self._command("show-ref", "--verify", "--hash", "--", f"refs/heads/{branch}"))
        return line.strip() if line else None

    def has_commit(self, commit: str) -> bool:
        """Say whether `commit`, a full hexadecimal id, is here."""
        return run_git(self._command("cat-file", "-e", f"{commit}^{{commit}}")) is not None

    def first_parents(self, tip: str, after: str | None = None) -> Iterator[Commit]:
        """Yield the first-parent commits up to `tip`, oldest first, without those that `after` reaches."""
        return self._commits("--first-parent", "--reverse", tip, *([] if after is None else [f"^{after}"]))

    def merged(self, commit: Commit, limit: int) -> list[Commit]:
        """Return up to `limit` commits that a merge brought to its first parent, newest first."""
        return list(self._commits(f"--max-count={limit}", *commit.parents[1:], f"^{commit.parents[0]}"))

    def changes(self, commit: Commit) -> list[Change]:
        """Return what `commit` did to documents compared with its first parent; renames by `git diff-tree -M`.

        Submodules are no documents. A symbolic link is one: to git it is a small file that holds the link's target.
        """
        if self._differ is None:
            options = ("--stdin", "--root", "-r", "-M", "-l0", "-z", "--raw", "--no-commit-id")
            self._differ = GitProcess(self._command("diff-tree", *options))
        # diff-tree echoes and flushes a line that is no object id: the end of this answer, which no file name can fake.
        end = f"end {secrets.token_hex(16)}\n".encode()
        self._differ.ask(" ".join((commit.id, *commit.parents[:1])).encode() + b"\n" + end)
        answer = bytearray()
        while not answer.endswith(end):
            answer += self._differ.read_some()
        return list(_changes(bytes(answer[: -len(end)])))

    def blob(self, object_id: str, max_bytes: int) -> Blob:
        """Return the bytes of a blob; one above `max_bytes` is read past, not kept."""
        if self._objects is None:
            self._objects = GitProcess(self._command("cat-file", "--batch"))
        self._objects.ask(f"{object_id}\n".encode())
        header = self._objects.output.readline().split()
        if not header:
            raise broken()
        if header[1:2] != [b"blob"]:
            return Blob(b"", "The file is not in the repository; fetch it completely.")
        size = int(header[2])
        if size > max_bytes:
            self._objects.skip(size + 1)
            return Blob(b"", f"The file is larger than {max_bytes} bytes; raise max_bytes or leave it out.")
        return Blob(self._objects.read_exactly(size + 1)[:-1])

    def _command(self, *arguments: str) -> list[str]:
        return [f"--git-dir={self._git_dir}", *arguments]

    def _commits(self, *arguments: str) -> Iterator[Commit]:
        with GitProcess(self._command("rev-list", *_COMMIT_FORMAT, *arguments, "--")) as process:
            fields: list[str] = []
            for token in _tokens(process.output):
                fields.append(token)
                if len(fields) == len(_FIELDS):
                    yield _commit(fields)
                    fields = []
            if not process.succeeded():
                raise broken()


def _commit(fields: Sequence[str]) -> Commit:
    object_id, parents, author, email, authored, committer, committer_email, committed, message = fields
    return Commit(
        id=object_id.lstrip("\n"),
        parents=tuple(parents.split()),
        author=f"{author} <{email}>",
        authored=int(authored or 0),
        committer=f"{committer} <{committer_email}>",
        committed=int(committed or 0),
        message=message.strip()[:MESSAGE_LIMIT],
    )


def _changes(output: bytes) -> Iterator[Change]:
    tokens = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    while head := next(tokens, ""):
        old_mode, new_mode, old_blob, new_blob, status = head.lstrip(":").split(" ")
        source = next(tokens)
        target = next(tokens) if status.startswith("R") else source
        before = source if _is_document(old_mode) else None
        after = target if _is_document(new_mode) else None
        # A submodule, or a change of mode alone: neither bytes nor path of any document.
        if before != after or (after is not None and old_blob != new_blob):
            yield Change(before, after, new_blob, link=new_mode == _LINK_MODE)


def _is_document(mode: str) -> bool:
    return mode.startswith("100") or mode == _LINK_MODE


def _tokens(output: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := output.read(_READ_SIZE):
        *complete, rest = (rest + chunk).split(b"\0")
        for token in complete:
            yield token.decode("utf-8", "replace")
