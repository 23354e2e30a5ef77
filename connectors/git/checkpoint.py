"""Where the walk of a branch stands: the last commit, and the lineage of every path up to it.

The lineage is left out once it would pass the limit of a checkpoint; it is then found again by walking the commits
before, without reading a file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.git.lineage import Lineage
from connectors.protocol import MAX_CHECKPOINT_BYTES

FORMAT = 1

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class GitCheckpoint:
    """A commit of a branch, and the settings that the walk up to it obeyed: `selection` and `acls` are digests."""

    branch: str
    commit: str
    selection: str
    acls: str
    lineage: Lineage | None

    def body(self) -> str:
        """Return it as JSON text within the limit."""
        head = {"format": FORMAT, "branch": self.branch, "commit": self.commit}
        head |= {"selection": self.selection, "acls": self.acls}
        if self.lineage is None:
            return json.dumps(head)
        lineage = {"living": _short(self.lineage.living), "past": _short(self.lineage.past)}
        text = json.dumps(head | lineage, separators=(",", ":"))
        return text if len(text) <= MAX_CHECKPOINT_BYTES else json.dumps(head)

    @classmethod
    def parse(cls, body: str) -> "GitCheckpoint | None":
        """Read what `body` wrote; None if it cannot be used."""
        if len(body) > MAX_CHECKPOINT_BYTES:
            return None
        try:
            state = json.loads(body)
            if state["format"] != FORMAT or not _COMMIT_ID.fullmatch(state["commit"]):
                return None
            known = "living" in state
            lineage = Lineage.remembered(_long(state["living"]), _long(state["past"])) if known else None
            branch, commit, selection, acls = (str(state[name]) for name in ("branch", "commit", "selection", "acls"))
            return cls(branch, commit, selection, acls, lineage)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


def _short(holders: Mapping[str, str]) -> dict[str, str]:
    return {path: "" if owner == path else owner for path, owner in sorted(holders.items())}


def _long(holders: Mapping[str, str]) -> dict[str, str]:
    return {str(path): str(owner) or str(path) for path, owner in holders.items()}
