"""Random histories: the git connector agrees with a model that only ever looks at two snapshots of the branch."""

import hashlib
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.git import GitConnector
from memory.domain.documents import SourceCheckpoint, SourceDeletion, SourceDocument, SourceEvent

PATHS = ("a.md", "d/ü.md", "two words.md", "derived@0123456789ab")  # few, so that they meet again
LINES = 30


class Text(NamedTuple):
    """A content: two of one family are similar to git, two of different families are not."""

    family: int
    edits: int = 0

    def encode(self) -> bytes:
        lines = [hashlib.sha256(f"{self.family} {line}".encode()).hexdigest() for line in range(LINES)]
        for edit in range(1, self.edits + 1):
            lines[edit % LINES] = hashlib.sha256(f"{self.family} edit {edit}".encode()).hexdigest()
        return "\n".join(lines).encode()


Tree = dict[str, Text]
Step = list[Tree]  # the trees of one side branch, oldest first; a single tree is a plain commit


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    tree: Tree = {}
    shelf: Tree = {}  # what each path held last
    families = iter(range(1000))
    history: list[Step] = []
    for _ in range(draw(st.integers(2, 12))):
        step: Step = []
        for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
            tree = changed(draw, tree, shelf, families)
            shelf |= tree
            step.append(tree)
        history.append(step)
    return history


def changed(draw: st.DrawFn, tree: Tree, shelf: Tree, families: Iterator[int]) -> Tree:
    tree = dict(tree)
    free = [path for path in PATHS if path not in tree]
    alive = {text.family for text in tree.values()}
    returning = [path for path in free if path in shelf and shelf[path].family not in alive]
    choices = [("add", free), ("restore", returning), *((act, list(tree)) for act in ("edit", "delete", "swap"))]
    if free:
        choices.append(("rename", list(tree)))
    act, paths = draw(st.sampled_from([choice for choice in choices if choice[1]]))
    path = draw(st.sampled_from(paths))
    match act:
        case "add":
            tree[path] = Text(next(families))
        case "restore":
            tree[path] = shelf[path]
        case "edit":
            tree[path] = tree[path]._replace(edits=tree[path].edits + 1)
        case "delete":
            del tree[path]
        case "swap":
            other = draw(st.sampled_from(sorted(tree)))
            tree[path], tree[other] = tree[other], tree[path]
        case "rename":
            text = tree.pop(path)
            tree[draw(st.sampled_from(free))] = text._replace(edits=text.edits + draw(st.integers(0, 1)))
    return tree


def quoted(path: str) -> str:
    return '"' + "".join(f"\\{byte:03o}" for byte in path.encode()) + '"'


def build(history: list[Step], repository: Path) -> list[str]:
    """Make the repository, every step one first-parent commit of `main`; return their ids."""
    stream: list[bytes] = []
    marks: list[int] = []
    mark = 0

    def commit(branch: str, parents: list[int], tree: Tree) -> int:
        nonlocal mark
        mark += 1
        when = len(marks)  # the number of the step, so that a deletion tells which one it belongs to
        stream.append(
            f"commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@b.c> {when} +0000\ndata 1\nx\n".encode()
        )
        stream.extend(f"{'merge' if i else 'from'} :{parent}\n".encode() for i, parent in enumerate(parents))
        stream.append(b"deleteall\n")
        for path, text in tree.items():
            content = text.encode()
            stream.append(f"M 100644 inline {quoted(path)}\ndata {len(content)}\n".encode() + content + b"\n")
        return mark

    for step in history:
        tips = marks[-1:]
        if len(step) > 1 and tips:
            side = tips
            for tree in step:
                side = [commit("side", side, tree)]
            tips = tips + side
        marks.append(commit("main", tips, step[-1]))

    export = repository / "marks"
    for part in ("objects", "refs/heads"):
        (repository / part).mkdir(parents=True)
    (repository / "HEAD").write_text("ref: refs/heads/main\n")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", f"--git-dir={repository}", "fast-import", "--quiet", f"--export-marks={export}"]
    subprocess.run(command, input=b"".join(stream), env=environment, check=True)  # noqa: S603
    ids = dict(line.split() for line in export.read_text().splitlines())
    return [ids[f":{each}"] for each in marks]


class Told(NamedTuple):
    """What became of one document: versions as (step, path, bytes), and the steps that deleted it."""

    versions: tuple[tuple[int, str, bytes], ...]
    deletions: tuple[int, ...]


def expected(history: list[Step]) -> list[Told]:
    """Read the rules off the snapshots: who is where, who was where last, and whose content went where."""
    versions: list[list[tuple[int, str, bytes]]] = []
    deletions: list[list[int]] = []
    trail: list[tuple[str, int]] = []
    at: dict[str, int] = {}
    snapshots: list[Tree] = [{}, *(step[-1] for step in history)]
    for step, (before, after) in enumerate(pairwise(snapshots)):
        alive = set(at.values())
        left = {path: at.pop(path) for path in before.keys() - after.keys()}
        came = sorted(after.keys() - before.keys())
        whence = {after[path].family: path for path in came}
        for path, document in left.items():
            target = whence.get(before[path].family)
            if target is not None:
                at[target] = document
                trail.append((target, document))
        for path in (path for path in came if path not in at):
            owner = next((document for place, document in reversed(trail) if place == path), None)
            if owner is None or owner in at.values():
                owner = len(versions)
                versions.append([])
                deletions.append([])
            at[path] = owner
            trail.append((path, owner))
        for path, text in after.items():
            if before.get(path) != text:
                versions[at[path]].append((step, path, text.encode()))
        for document in alive - set(at.values()):
            deletions[document].append(step)
    return sorted(Told(tuple(v), tuple(d)) for v, d in zip(versions, deletions, strict=True))


def told(events: list[SourceEvent], commits: list[str]) -> dict[str, Told]:
    versions = defaultdict(list)
    deletions = defaultdict(list)
    for event in events:
        if isinstance(event, SourceDocument):
            step = commits.index(event.provenance.commit or "")
            versions[event.external_id].append((step, event.provenance.path or "", event.content))
        elif isinstance(event, SourceDeletion):
            deletions[event.external_id].append(int(event.at.timestamp()))
    return {key: Told(tuple(versions[key]), tuple(deletions[key])) for key in versions}


def standing_aside(events: list[SourceEvent]) -> list[SourceEvent]:
    """Return events without what each walk says for itself: who stands at its own end."""
    return [replace(event, standing=True) if isinstance(event, SourceDocument) else event for event in events]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), part=st.floats(0, 1, exclude_max=True))
def test_documents_are_followed_through_any_history(history: list[Step], part: float) -> None:
    """Fails when an add is taken for a return too often or too rarely, a merge is walked into, or a resumed walk
    forgets who was where; also when a version says that its document stands although this walk ends without it, or the
    other way about."""
    with tempfile.TemporaryDirectory() as folder:
        commits = build(history, Path(folder))
        connector = GitConnector.from_settings(source="s", location=folder, settings={"branch": "walked"})
        branch = Path(folder, "refs", "heads", "walked")
        branch.write_text(commits[int(part * len(commits))])
        first = list(connector.full())
        branch.write_text(commits[-1])
        assert isinstance(first[-1], SourceCheckpoint)
        second = list(connector.incremental(first[-1].body))
        whole = list(connector.full())
    assert standing_aside(first[:-1] + second) == standing_aside(whole)
    for walk in (first, second, whole):
        ends = {event.external_id: event for event in walk if isinstance(event, SourceDocument | SourceDeletion)}
        for event in walk:
            if isinstance(event, SourceDocument):
                assert event.standing == isinstance(ends[event.external_id], SourceDocument)
    found = told(whole, commits)
    assert sorted(found.values()) == expected(history)
    assert all(key == each.versions[0][1] or key.startswith(f"{each.versions[0][1]}@") for key, each in found.items())
