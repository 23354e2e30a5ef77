"""What a commit tells about a version besides its author and message."""

import json
from collections.abc import Mapping

from connectors.git.repository import Commit, Repository
from connectors.tree import moment, printable

MERGED_LIMIT = 20
"""Merged commits that the provenance of a version names."""

_MERGED_MESSAGE_LIMIT = 500


def provenance_attributes(repository: Repository, branch: str, commit: Commit) -> Mapping[str, str]:
    """Return what provenance says besides its own fields; `merged_commits` is a JSON list, newest first, cut off."""
    facts = {
        "branch": printable(branch),
        "author_date": moment(commit.authored).isoformat(),
        "committer": commit.committer,
        "committer_date": moment(commit.committed).isoformat(),
    }
    if len(commit.parents) < 2:
        return facts
    merged = [
        {
            "commit": each.id,
            "author": each.author,
            "date": moment(each.authored).isoformat(),
            "message": each.message[:_MERGED_MESSAGE_LIMIT],
        }
        for each in repository.merged(commit, MERGED_LIMIT)
    ]
    return facts | {"merged_commits": json.dumps(merged, ensure_ascii=False)}
