"""The git connector on two real repositories of policies, judged by git itself, commit by commit."""

import json
import os
import subprocess
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.git import GitConnector
from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)

BUNDLES = ("site-policy", "basecamp-policies")
ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(repository: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True).stdout  # noqa: S603


class Judged:
    """One bundle: what the connector tells, and a clone for git to tell the truth from."""

    def __init__(self, name: str, bundle: Path, folder: Path) -> None:
        self.clone = folder / f"{name}.git"
        git(folder, "clone", "--quiet", "--bare", str(bundle), str(self.clone))
        self.bundle = bundle
        self.events: list[SourceEvent] = list(self.connect(bundle).full())

    def connect(self, location: Path, **settings: object) -> GitConnector:
        return GitConnector.from_settings(
            source="policies", location=str(location), settings={"allow": ["everyone"], **settings}
        )

    @property
    def documents(self) -> list[SourceDocument]:
        return [event for event in self.events if isinstance(event, SourceDocument)]

    @property
    def checkpoint(self) -> str:
        last = self.events[-1]
        assert isinstance(last, SourceCheckpoint)
        return last.body


@pytest.fixture(scope="module", params=BUNDLES)
def judged(request: pytest.FixtureRequest, test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    bundle = test_data / "versions" / f"{request.param}.bundle"
    return Judged(request.param, bundle, tmp_path_factory.mktemp("bundles"))


def raw_changes(clone: Path) -> list[tuple[str, str, str, str]]:
    """Ask `git diff-tree -M` about each first-parent commit by itself: (commit, status, old path, new path)."""
    changes = []
    for commit in git(clone, "rev-list", "--first-parent", "--reverse", "HEAD").decode().split():
        parents = git(clone, "rev-parse", f"{commit}^@").decode().split()
        trees = [parents[0], commit] if parents else ["--root", commit]
        lines = git(clone, "-c", "core.quotePath=false", "diff-tree", "-r", "-M", "--no-commit-id", *trees).decode()
        for line in lines.splitlines():
            facts, *paths = line.split("\t")
            changes.append((commit, facts.rsplit(" ", 1)[1][0], paths[0], paths[-1]))
    return changes


def versions_by_git(changes: list[tuple[str, str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Follow every path through adds, changes and renames by itself; a key is any name for one document."""
    alive: dict[str, int] = {}
    last: dict[str, int] = {}
    versions: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for commit in dict.fromkeys(change[0] for change in changes):
        of_commit = [change[1:] for change in changes if change[0] == commit]
        moving = {old: alive.pop(old) for status, old, _ in of_commit if status in "RD"}
        for status, old, new in sorted(
            of_commit, key=lambda change: "RMTA".index(change[0]) if change[0] != "D" else 9
        ):
            if status == "R":
                alive[new] = moving[old]
            elif status == "A":
                remembered = last.get(new)
                free = remembered is not None and remembered not in alive.values()
                alive[new] = remembered if free and remembered is not None else len(versions)
            if status != "D":
                last[new] = alive[new]
                versions[alive[new]].append((commit, new))
    return {f"{history[0][1]}@{history[0][0]}": history for history in versions.values()}


def test_versions_are_those_that_git_counts_commit_by_commit(judged: Judged) -> None:
    """Fails when merges are walked into, a rename starts a new document, or a mode change counts as a version."""
    changes = raw_changes(judged.clone)
    told: dict[str, list[tuple[str | None, str | None]]] = defaultdict(list)
    for document in judged.documents:
        told[document.external_id].append((document.provenance.commit, document.provenance.path))
    expected = versions_by_git(changes)
    assert len(judged.documents) == sum(status in "AMRT" for _, status, _, _ in changes)
    assert {f"{history[0][1]}@{history[0][0]}": history for history in told.values()} == expected


def test_the_bytes_of_every_version_are_those_that_git_shows(judged: Judged) -> None:
    for document in judged.documents:
        place = f"{document.provenance.commit}:{document.provenance.path}"
        assert document.content == git(judged.clone, "show", place), place


def test_what_is_left_at_the_end_is_the_tree_of_the_branch(judged: Judged) -> None:
    """Fails when a deletion is forgotten, or tells of a document that lives on under another path."""
    left: dict[str, tuple[str | None, bytes]] = {}
    for event in judged.events:
        if isinstance(event, SourceDocument):
            left[event.external_id] = (event.provenance.path, event.content)
        elif isinstance(event, SourceDeletion):
            del left[event.external_id]
    paths = git(judged.clone, "ls-tree", "-r", "-z", "--name-only", "HEAD").decode().split("\0")[:-1]
    assert sorted(path for path, _ in left.values() if path is not None) == sorted(paths)
    assert not [event for event in judged.events if isinstance(event, SourceFailure)]


def test_a_version_comes_into_force_with_its_first_parent_commit(judged: Judged) -> None:
    """Authors and messages of what was merged are told beside, as provenance."""
    lines = git(judged.clone, "log", "--first-parent", "--format=%H %ct %P").decode().splitlines()
    facts = {line.split()[0]: line.split()[1:] for line in lines}
    merges = 0
    for document in judged.documents:
        committed, *parents = facts[document.provenance.commit or ""]
        assert int(document.modified_at.timestamp()) == int(committed)
        if len(parents) > 1:
            merges += 1
            merged = json.loads(document.provenance.attributes["merged_commits"])
            assert {"commit", "author", "date", "message"} == set(merged[0])
    assert merges > 50


def test_a_second_sync_is_quick_and_silent(judged: Judged) -> None:
    for location in (judged.bundle, judged.clone):
        started = time.perf_counter()
        again = list(judged.connect(location).incremental(judged.checkpoint))
        assert [event for event in again if not isinstance(event, SourcePermission)] == [again[-1]]
        assert isinstance(again[-1], SourceCheckpoint)
        assert time.perf_counter() - started < 1


def test_a_sync_in_two_parts_equals_one_in_full(judged: Judged) -> None:
    """Fails when the lineage does not survive the checkpoint. Each part tells for its own end which documents stand."""
    commits = git(judged.clone, "rev-list", "--first-parent", "--reverse", "HEAD").decode().split()
    git(judged.clone, "branch", "--force", "part", commits[len(commits) // 2])
    first = list(judged.connect(judged.clone, branch="part").full())
    git(judged.clone, "branch", "--force", "part", commits[-1])
    assert isinstance(first[-1], SourceCheckpoint)
    second = list(judged.connect(judged.clone, branch="part").incremental(first[-1].body))
    whole = list(judged.connect(judged.clone, branch="part").full())
    assert _standing_aside(first[:-1] + second) == _standing_aside(whole)


def _standing_aside(events: list[SourceEvent]) -> list[SourceEvent]:
    """Return events without what each walk says for itself: who stands at its own end."""
    return [replace(event, standing=True) if isinstance(event, SourceDocument) else event for event in events]


def test_nothing_told_names_a_folder_of_this_machine(judged: Judged) -> None:
    for document in judged.documents:
        assert str(judged.bundle.parent) not in repr(document.provenance)
        assert document.provenance.uri == f"git:policies@{document.provenance.commit}:{document.provenance.path}"
