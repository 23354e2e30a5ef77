"""The settings of a git source: those of every tree, and which branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.settings import digest, read_string
from connectors.tree import TreeSettings


@dataclass(frozen=True, slots=True)
class GitSettings:
    """The settings of a tree, and the branch (None: the one HEAD is on) and folder for temporary clones."""

    tree: TreeSettings
    branch: str | None = None
    workspace: Path | None = None

    @classmethod
    def parse(cls, settings: Mapping[str, object]) -> "GitSettings":
        """Read a source's settings. Raises `Misconfigured`."""
        workspace = read_string(settings, "workspace", "the settings")
        return cls(
            tree=TreeSettings.parse(settings, further=("branch", "workspace")),
            branch=read_string(settings, "branch", "the settings"),
            workspace=None if workspace is None else Path(workspace),
        )

    @property
    def selection(self) -> str:
        """Names all settings that say which documents come, and to which scope they belong."""
        tree = self.tree
        return digest(tree.permissions.scopes_digest, tree.include, tree.exclude, tree.max_bytes)
