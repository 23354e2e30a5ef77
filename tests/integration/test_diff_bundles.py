"""Differences of two real repositories of policies, judged by git itself, version by version."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from memory.adapters.line_differ import GitLineDiffer
from memory.retrieval.diffing import difference

BUNDLES = ("site-policy", "basecamp-policies")
ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(repository: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=ENVIRONMENT, input=given, check=True, capture_output=True).stdout  # noqa: S603


def pairs_of(clone: Path) -> list[tuple[str, str]]:
    """Return (old blob, new blob) of every modification and rename on the first-parent history."""
    told = git(clone, "log", "--first-parent", "-m", "--raw", "--no-abbrev", "-M", "--diff-filter=MR", "--format=")
    rows = [line.split() for line in told.decode().splitlines() if line.startswith(":")]
    return sorted({(old, new) for _, mode, old, new, *_ in rows if old != new and mode.startswith("100")})


def blobs_of(clone: Path, names: list[str]) -> dict[str, bytes]:
    told = git(clone, "cat-file", "--batch", given="\n".join(names).encode())
    blobs, at = {}, 0
    for name in names:
        start = told.index(b"\n", at) + 1
        size = int(told[at : start - 1].split()[2])
        blobs[name] = told[start : start + size]
        at = start + size + 1
    return blobs


def diffs_of(clone: Path, pairs: list[tuple[str, str]]) -> list[list[bytes]]:
    """Let git compare all pairs in one call: as two trees that hold the two sides under the numbers of the pairs."""
    sides = []
    for side in (0, 1):
        listing = "".join(f"100644 blob {pair[side]}\t{number:06}\n" for number, pair in enumerate(pairs))
        sides.append(git(clone, "mktree", given=listing.encode()).decode().strip())
    told = git(clone, "diff", "-U0", "--text", "--no-renames", *sides).split(b"\n")
    starts = [number for number, line in enumerate(told) if line.startswith(b"diff --git ")]
    return [told[start:stop] for start, stop in zip(starts, [*starts[1:], len(told)], strict=True)]


def lines_of(diff: list[bytes], sign: bytes) -> Counter[str]:
    body = diff[next(number for number, line in enumerate(diff) if line.startswith(b"@@")) :]
    return Counter(line[1:].decode("utf-8", "surrogateescape") for line in body if line.startswith(sign))


@pytest.mark.parametrize("name", BUNDLES)
def test_lines_are_those_of_git_diff_for_every_version(name: str, test_data: Path, tmp_path: Path) -> None:
    clone = tmp_path / name
    git(tmp_path, "clone", "--quiet", "--bare", str(test_data / "versions" / f"{name}.bundle"), str(clone))
    pairs = pairs_of(clone)
    assert len(pairs) > 300
    blobs = blobs_of(clone, sorted({blob for pair in pairs for blob in pair}))
    differ = GitLineDiffer()
    judged = 0
    for (old, new), diff in zip(pairs, diffs_of(clone, pairs), strict=True):
        before, after = (blobs[blob].decode("utf-8", "surrogateescape") for blob in (old, new))
        found = difference(before, after, differ)
        assert Counter(found.added) == lines_of(diff, b"+")
        assert Counter(found.removed) == lines_of(diff, b"-")
        judged += 1
    assert judged == len(pairs)
