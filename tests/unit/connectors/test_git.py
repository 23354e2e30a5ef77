"""The git connector on small repositories made for one question each."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.git import GitConnector
from connectors.git.checkpoint import GitCheckpoint
from connectors.git.lineage import Lineage
from connectors.protocol import MAX_CHECKPOINT_BYTES
from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Misconfigured, SourceFailed

Checkout = Any  # the class of the fixture in conftest.py

PAGE = "".join(f"Paragraph {number} of a page that git can recognise.\n" for number in range(30))


def connector(location: Path | str, **settings: object) -> GitConnector:
    return GitConnector.from_settings(
        source="policies", location=str(location), settings={"allow": ["group:staff"], **settings}
    )


def documents(events: Sequence[SourceEvent]) -> list[SourceDocument]:
    return [event for event in events if isinstance(event, SourceDocument)]


def deletions(events: Sequence[SourceEvent]) -> list[str]:
    return [event.external_id for event in events if isinstance(event, SourceDeletion)]


def failures(events: Sequence[SourceEvent]) -> dict[str, str]:
    return {event.external_id: event.reason for event in events if isinstance(event, SourceFailure)}


def checkpoint(events: Sequence[SourceEvent]) -> str:
    last = events[-1]
    assert isinstance(last, SourceCheckpoint)
    return last.body


def test_a_version_tells_its_whole_provenance(checkout: Checkout) -> None:
    commit = checkout.put("d/a.md", "a\n")
    [document] = documents(list(connector(checkout.root).full()))
    assert document.provenance.uri == f"git:policies@{commit}:d/a.md"
    assert document.provenance.commit == commit
    assert document.provenance.author == "Ada <ada@example.com>"
    assert document.provenance.message == "A change"
    assert document.provenance.attributes["committer"] == "Bob <bob@example.com>"
    assert document.provenance.attributes["branch"] == "main"
    assert document.modified_at.isoformat() == "2023-11-14T22:14:20+00:00"
    assert (document.title, document.media_type, document.content) == ("a.md", "text/markdown", b"a\n")


def test_a_merge_is_one_version_and_names_what_it_merged(checkout: Checkout) -> None:
    """Fails when unmerged work, which was never in force, becomes versions."""
    checkout.put("a.md", PAGE)
    checkout.git("checkout", "--quiet", "-b", "draft")
    for number in range(3):
        checkout.write("a.md", PAGE + str(number))
        checkout.commit(f"Draft {number}\n\nWith a reason.")
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "--message", "Accept the draft", "draft")
    events = documents(list(connector(checkout.root).full()))
    assert [event.content for event in events] == [PAGE.encode(), (PAGE + "2").encode()]
    assert events[-1].provenance.message == "Accept the draft"
    merged = json.loads(events[-1].provenance.attributes["merged_commits"])
    assert [each["message"] for each in merged] == [f"Draft {number}\n\nWith a reason." for number in (2, 1, 0)]
    assert {each["author"] for each in merged} == {"Ada <ada@example.com>"}


def test_a_change_of_mode_is_no_version(checkout: Checkout) -> None:
    checkout.put("a.sh", "true\n")
    (checkout.root / "a.sh").chmod(0o755)
    checkout.commit()
    assert len(documents(list(connector(checkout.root).full()))) == 1


def test_a_link_is_a_small_text_that_is_never_followed(checkout: Checkout) -> None:
    checkout.write("a.md", PAGE)
    (checkout.root / "link.md").symlink_to("/etc/passwd")
    checkout.commit()
    link = next(event for event in documents(list(connector(checkout.root).full())) if event.external_id == "link.md")
    assert (link.content, link.media_type) == (b"/etc/passwd", "text/plain")
    assert link.provenance.attributes["file_type"] == "symbolic link"


def test_a_submodule_is_no_document_and_ends_the_one_it_replaces(checkout: Checkout) -> None:
    commit = checkout.put("module", "a file\n")
    checkout.git("rm", "--quiet", "--cached", "module")
    (checkout.root / "module").unlink()
    checkout.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    checkout.git("commit", "--quiet", "--message", "Now a submodule")
    events = list(connector(checkout.root).full())
    assert len(documents(events)) == 1
    assert deletions(events) == ["module"]


def test_all_versions_of_a_document_belong_to_the_scope_it_is_in_now(checkout: Checkout) -> None:
    """Fails when an earlier version is told under the permission of a folder that the document has left."""
    checkout.put("open/a.md", PAGE)
    (checkout.root / "hr").mkdir()
    checkout.git("mv", "open/a.md", "hr/a.md")
    checkout.commit()
    events = documents(list(connector(checkout.root, folders={"hr/": {"allow": ["group:hr"]}}).full()))
    assert [(event.external_id, event.scope_key) for event in events] == [("open/a.md", "hr"), ("open/a.md", "hr")]
    assert [event.provenance.path for event in events] == ["open/a.md", "hr/a.md"]


def test_every_version_tells_whether_its_document_stands_at_the_end_of_the_walk(checkout: Checkout) -> None:
    """Bites: a version that stands because the walk has not come to its document's deletion yet.

    Tried: `standing` by the paths alive at the commit; by the last path without a look at the selection.
    """
    checkout.put("stays.md", PAGE)
    checkout.put("goes.md", "gone soon")
    checkout.put("goes.md", "gone very soon")
    checkout.put("returns.md", "back soon")
    for name in ("goes.md", "returns.md"):
        (checkout.root / name).unlink()
    checkout.commit()
    checkout.put("returns.md", "back again")
    (checkout.root / "out").mkdir()
    checkout.put("leaves.md", PAGE.replace("page", "leaf"))
    checkout.git("mv", "leaves.md", "out/leaves.md")
    checkout.commit()
    events = list(connector(checkout.root, exclude=["out/"]).full())
    told = [(event.external_id, event.standing) for event in documents(events)]
    assert sorted(told) == [
        ("goes.md", False),
        ("goes.md", False),
        ("leaves.md", False),
        ("returns.md", True),
        ("returns.md", True),
        ("stays.md", True),
    ]
    before = checkpoint(events)
    checkout.git("mv", "out/leaves.md", "leaves.md")
    checkout.commit()
    back = documents(list(connector(checkout.root, exclude=["out/"]).incremental(before)))
    assert [(event.external_id, event.standing) for event in back] == [("leaves.md", True)]


def test_a_document_that_moves_to_another_scope_unreadably_is_hidden(checkout: Checkout) -> None:
    """Fails when text stays under the old permission because its next version cannot be read."""
    folders = {"hr/": {"allow": ["group:hr"]}}
    checkout.put("open/a.md", PAGE)
    checkout.put("open/b.md", PAGE.replace("page", "leaf"))
    limit = len(PAGE) + 10
    before = checkpoint(list(connector(checkout.root, folders=folders, max_bytes=limit).full()))
    (checkout.root / "hr").mkdir()
    checkout.git("mv", "open/a.md", "hr/a.md")
    checkout.write("hr/a.md", PAGE + "more than the limit")
    checkout.put("open/b.md", PAGE.replace("page", "leaf") + "more than the limit")
    events = list(connector(checkout.root, folders=folders, max_bytes=limit).incremental(before))
    assert deletions(events) == ["open/a.md"]
    assert set(failures(events)) == {"open/a.md", "open/b.md"}


def test_a_document_that_leaves_the_selection_is_deleted_and_returns_under_its_id(checkout: Checkout) -> None:
    checkout.put("in/a.md", PAGE)
    (checkout.root / "out").mkdir()
    checkout.git("mv", "in/a.md", "out/a.md")
    checkout.commit()
    left = list(connector(checkout.root, include=["in/**"]).full())
    assert [event.external_id for event in documents(left)] == deletions(left) == ["in/a.md"]
    (checkout.root / "in").mkdir(exist_ok=True)
    checkout.git("mv", "out/a.md", "in/b.md")
    checkout.commit()
    back = list(connector(checkout.root, include=["in/**"]).incremental(checkpoint(left)))
    assert [(event.external_id, event.provenance.path) for event in documents(back)] == [("in/a.md", "in/b.md")]


def test_other_settings_mean_a_full_walk_that_tells_what_left(checkout: Checkout) -> None:
    """Fails when a document that is no longer wanted stays, or a new scope is not obeyed."""
    checkout.write("hr/a.md", PAGE)
    checkout.put("b.txt", "text")
    before = checkpoint(list(connector(checkout.root).full()))
    changed = connector(checkout.root, exclude=["*.txt"], folders={"hr": {"allow": ["group:hr"]}})
    events = list(changed.incremental(before))
    assert [(event.external_id, event.scope_key) for event in documents(events)] == [("hr/a.md", "hr")]
    assert deletions(events) == ["b.txt"]


def test_a_rule_that_names_no_folder_at_the_tip_is_a_failure(checkout: Checkout) -> None:
    """Bites: a rule for a folder that was renamed, and protects nothing. The twin is the rule that fits."""
    checkout.put("hr/a.md", PAGE)
    for folder, failed in (("hr", {}), ("HR", {"HR/"})):
        events = list(connector(checkout.root, folders={folder: {"allow": ["group:hr"]}}).full())
        assert set(failures(events)) == set(failed)


def test_a_new_permission_is_told_without_any_document(checkout: Checkout) -> None:
    checkout.put("a.md", PAGE)
    before = checkpoint(list(connector(checkout.root).full()))
    events = list(connector(checkout.root, deny=["user:eve"]).incremental(before))
    assert [type(event) for event in events] == [SourcePermission, SourceCheckpoint]


def test_rewritten_history_is_read_again_and_what_it_lost_is_deleted(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    """Fails when a forced push leaves documents behind that are on no branch any more."""
    checkout.put("a.md", PAGE)
    checkout.put("secret.md", "never meant to be here\n")
    before = checkpoint(list(connector(checkout.root).full()))
    checkout.git("reset", "--quiet", "--hard", "HEAD~1")
    checkout.put("b.md", "b\n")
    events = list(connector(checkout.root).incremental(before))
    assert [event.external_id for event in documents(events)] == ["a.md", "b.md"]
    assert deletions(events) == ["secret.md"]
    assert "rewritten" in caplog.text
    assert deletions(list(connector(checkout.root).incremental(checkpoint(events)))) == []


def test_a_document_that_was_away_for_a_while_is_not_deleted_when_history_is_read_again(checkout: Checkout) -> None:
    """Fails when an old deletion hides a document that is there."""
    checkout.put("a.md", PAGE)
    (checkout.root / "a.md").unlink()
    checkout.commit()
    checkout.put("a.md", PAGE)
    first = list(connector(checkout.root).full())
    assert deletions(first) == ["a.md"]
    again = list(connector(checkout.root, exclude=["*.txt"]).incremental(checkpoint(first)))
    assert documents(again) == documents(first)
    assert deletions(again) == []


def test_a_branch_that_only_went_back_is_read_again(checkout: Checkout) -> None:
    checkout.put("a.md", PAGE)
    checkout.put("secret.md", "never meant to be here\n")
    before = checkpoint(list(connector(checkout.root).full()))
    checkout.git("reset", "--quiet", "--hard", "HEAD~1")
    assert deletions(list(connector(checkout.root).incremental(before))) == ["secret.md"]


def test_a_checkpoint_merged_from_the_side_does_not_continue(checkout: Checkout) -> None:
    """Fails when being an ancestor is taken for being a first-parent ancestor: versions would be left out."""
    checkout.put("a.md", PAGE)
    checkout.git("branch", "release")
    checkout.put("b.md", "b\n")
    before = checkpoint(list(connector(checkout.root).full()))
    checkout.git("checkout", "--quiet", "release")
    checkout.put("c.md", "c\n")
    checkout.git("merge", "--quiet", "--no-ff", "--message", "Take main", "main")
    checkout.git("branch", "--force", "main", "release")
    checkout.git("checkout", "--quiet", "main")
    events = list(connector(checkout.root).incremental(before))
    assert documents(events) == documents(list(connector(checkout.root).full()))


def test_a_checkpoint_without_lineage_finds_it_again(checkout: Checkout) -> None:
    checkout.put("a.md", PAGE)
    (checkout.root / "d").mkdir()
    checkout.git("mv", "a.md", "d/b.md")
    checkout.commit()
    state = GitCheckpoint.parse(checkpoint(list(connector(checkout.root).full())))
    assert state is not None
    bare = GitCheckpoint(state.branch, state.commit, state.selection, state.acls, None).body()
    checkout.put("d/b.md", PAGE + "more\n")
    events = documents(list(connector(checkout.root).incremental(bare)))
    assert [(event.external_id, event.provenance.path) for event in events] == [("a.md", "d/b.md")]


def test_a_lineage_too_large_for_a_checkpoint_is_left_out() -> None:
    places = {f"folder/{number:0100}": f"folder/{number:0100}" for number in range(50_000)}
    body = GitCheckpoint("main", "1" * 40, "s", "a", Lineage.remembered(places, {})).body()
    assert len(body) < MAX_CHECKPOINT_BYTES
    assert GitCheckpoint.parse(body) == GitCheckpoint("main", "1" * 40, "s", "a", None)


def test_a_checkpoint_that_does_not_fit_the_branch_says_so(checkout: Checkout) -> None:
    checkout.put("a.md", PAGE)
    state = json.loads(checkpoint(list(connector(checkout.root).full())))
    state["living"] = {}
    checkout.put("a.md", PAGE + "more\n")
    with pytest.raises(SourceFailed, match="sync this source in full"):
        list(connector(checkout.root).incremental(json.dumps(state)))


@pytest.mark.parametrize("commit", ["--all", "main", "1" * 39, "HEAD"])
def test_a_checkpoint_cannot_pass_anything_but_a_commit_id_to_git(commit: str) -> None:
    body = json.dumps({"format": 1, "branch": "main", "commit": commit, "selection": "", "acls": ""})
    assert GitCheckpoint.parse(body) is None
    assert GitCheckpoint.parse(body.replace(commit, "1" * 40)) is not None


def test_names_that_could_confuse_a_parser_come_through(checkout: Checkout) -> None:
    names = ["-rf", "new\nline.md", 'quo"te.md', "tab\there.md", ":100644 x", "end 0000", "ümläut.md", "a|b.md"]
    for name in names:
        checkout.write(name, name)
    checkout.commit("Odd names\n\n:100644 100644 a b M\0 and more".replace("\0", ""))
    events = documents(list(connector(checkout.root).full()))
    assert {event.external_id: event.content.decode() for event in events} == {name: name for name in names}


def test_a_name_that_is_not_utf8_is_a_failure(checkout: Checkout) -> None:
    checkout.put(os.fsdecode(b"odd\xff.md"), "odd")
    events = list(connector(checkout.root).full())
    assert set(failures(events)) == {"odd\\xff.md"}
    assert documents(events) == []
    checkout.put("a.md", "a")
    assert len(documents(list(connector(checkout.root).incremental(checkpoint(events))))) == 1


def test_a_large_file_is_a_failure_and_its_neighbours_are_not(checkout: Checkout) -> None:
    checkout.write("a.md", "x" * 200_000)
    checkout.put("b.md", "b")
    events = list(connector(checkout.root, max_bytes=1000).full())
    assert "max_bytes" in failures(events)["a.md"]
    assert [event.content for event in documents(events)] == [b"b"]


def test_only_the_named_branch_is_read(checkout: Checkout) -> None:
    checkout.put("a.md", PAGE)
    checkout.git("checkout", "--quiet", "-b", "other")
    checkout.put("b.md", "b\n")
    assert [event.external_id for event in documents(list(connector(checkout.root, branch="main").full()))] == ["a.md"]
    assert len(documents(list(connector(checkout.root).full()))) == 2
    for branch in ("nowhere", "main~0", "-x"):
        with pytest.raises(SourceFailed):
            connector(checkout.root, branch=branch).validate()


def test_without_a_branch_the_source_fails(checkout: Checkout) -> None:
    with pytest.raises(SourceFailed):
        connector(checkout.root).validate()
    checkout.put("a.md", PAGE)
    connector(checkout.root).validate()
    checkout.git("checkout", "--quiet", "--detach")
    with pytest.raises(SourceFailed):
        connector(checkout.root).validate()
    connector(checkout.root, branch="main").validate()


@pytest.mark.parametrize(
    "location",
    ["", "-cfoo", "--upload-pack=touch x", "https://example.com/a.git", "ext::sh -c id", "ssh://host/a", "a\0b"],
)
def test_a_location_that_is_no_path_is_refused(location: str) -> None:
    """Fails when a location can be an option of git or make it open a connection."""
    with pytest.raises((Misconfigured, SourceFailed)):
        connector(location).validate()


def test_a_plain_folder_inside_a_repository_is_not_that_repository(checkout: Checkout) -> None:
    """Fails when git searches upwards: a source would bring in everything around it."""
    checkout.put("inside/a.md", PAGE)
    with pytest.raises(SourceFailed):
        connector(checkout.root / "inside").validate()


def test_a_repository_cannot_run_or_fetch_anything(checkout: Checkout, tmp_path: Path) -> None:
    """Fails when GIT_ALLOW_PROTOCOL is not empty for reading: git would fetch the missing object from a program."""
    commit = checkout.put("a.md", PAGE)
    checkout.put("b.md", "b\n")
    marker = tmp_path / "marker"
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::touch {marker}"),
        ("protocol.ext.allow", "always"),
        ("core.hooksPath", str(tmp_path)),
        ("core.fsmonitor", f"touch {marker}"),
        ("log.showSignature", "true"),
        ("gpg.program", f"touch {marker}"),
        ("diff.external", f"touch {marker}"),
    ):
        checkout.git("config", key, value)
    blob = checkout.git("rev-parse", f"{commit}:a.md")
    (checkout.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    events = list(connector(checkout.root).full())
    assert set(failures(events)) == {"a.md"}
    assert [event.external_id for event in documents(events)] == ["b.md"]
    assert not marker.exists()


def test_replacement_objects_do_not_change_what_a_commit_says(checkout: Checkout) -> None:
    """Fails when refs/replace is obeyed: a commit id would not name its content."""
    first = checkout.put("a.md", "true\n")
    forged = checkout.put("a.md", "forged\n")
    checkout.git("reset", "--quiet", "--hard", first)
    true, false = (checkout.git("rev-parse", f"{commit}:a.md") for commit in (first, forged))
    checkout.git("replace", true, false)
    assert [event.content for event in documents(list(connector(checkout.root).full()))] == [b"true\n"]


def test_no_clone_outlives_its_walk(checkout: Checkout, tmp_path: Path) -> None:
    """Fails when a clone stays behind: one more store of clear text that no erasure finds."""
    checkout.put("a.md", PAGE)
    checkout.git("bundle", "create", "--quiet", str(tmp_path / "a.bundle"), "--all", "HEAD")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    source = connector(tmp_path / "a.bundle", workspace=str(workspace))
    assert len(documents(list(source.full()))) == 1
    assert list(workspace.iterdir()) == []
    walk = source.full()
    next(walk)
    assert len(list(workspace.iterdir())) == 1
    walk.close()  # type: ignore[attr-defined]
    assert list(workspace.iterdir()) == []


def test_an_unchanged_bundle_is_not_even_unpacked(checkout: Checkout, tmp_path: Path) -> None:
    checkout.put("a.md", PAGE)
    bundle = tmp_path / "a.bundle"
    checkout.git("bundle", "create", "--quiet", str(bundle), "--all", "HEAD")
    before = checkpoint(list(connector(bundle).full()))
    nowhere = connector(bundle, workspace=str(tmp_path / "no such folder"))
    assert [type(event) for event in nowhere.incremental(before)] == [SourceCheckpoint]


@pytest.mark.parametrize("content", ["", "no bundle", "# v2 git bundle\nnot really", "# v2 git bundle\n\nPACK"])
def test_a_bundle_that_is_none_fails_as_a_whole(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.bundle").write_text(content)
    with pytest.raises(SourceFailed):
        connector(tmp_path / "a.bundle").validate()


def test_a_damaged_repository_fails_without_a_word_of_git(checkout: Checkout) -> None:
    commit = checkout.put("a.md", PAGE)
    tree = checkout.git("rev-parse", f"{commit}^{{tree}}")
    (checkout.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(SourceFailed) as caught:
        list(connector(checkout.root).full())
    assert str(checkout.root) not in str(caught.value)
