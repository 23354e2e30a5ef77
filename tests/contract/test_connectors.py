"""Every built-in connector keeps the promises of the port."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from connectors.protocol import Connector
from connectors.registry import open_connector
from memory.domain.governance import Source
from memory.testing.connector_contract import ConnectorContract, Place
from memory.testing.connector_fake import InMemoryPlace

SETTINGS = {
    "allow": ["group:staff"],
    "folders": {"hr/": {"allow": ["group:hr"]}},
    "max_bytes": 10_000,
}


def connect(kind: str, location: Path) -> Connector:
    settings = json.dumps(SETTINGS)
    return open_connector(Source("policies", kind, str(location), "legal", frozenset(), settings, None))


class Folder:
    """A folder; a link that leads out of it cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def connect(self) -> Connector:
        return connect("filesystem", self.root)

    def put(self, name: str, content: bytes) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def spoil(self, name: str) -> None:
        (self.root / name).symlink_to("/etc/passwd")

    def vanish(self) -> None:
        shutil.rmtree(self.root)


class Checkout:
    """A working repository that commits every change; a file above the limit cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> None:
        identity = {f"GIT_{role}_{fact}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")}
        environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True)  # noqa: S603, S607

    def connect(self) -> Connector:
        return connect("git", self.root)

    def put(self, name: str, content: bytes) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.commit()

    def remove(self, name: str) -> None:
        (self.root / name).unlink()
        self.commit()

    def spoil(self, name: str) -> None:
        self.put(name, b"x" * 10_001)

    def vanish(self) -> None:
        shutil.rmtree(self.root)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A change")


class Bundle(Checkout):
    """The same repository, handed over as a bundle file after every change."""

    def __init__(self, root: Path) -> None:
        self.file = root.with_suffix(".bundle")
        super().__init__(root)

    def connect(self) -> Connector:
        return connect("git", self.file)

    def commit(self) -> None:
        super().commit()
        self.git("bundle", "create", "--quiet", str(self.file), "--all", "HEAD")

    def vanish(self) -> None:
        self.file.unlink()


class TestFilesystem(ConnectorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return Folder(tmp_path / "policies")


class TestGitRepository(ConnectorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return Checkout(tmp_path / "policies")


class TestGitBundle(ConnectorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return Bundle(tmp_path / "policies")


class TestInMemoryConnector(ConnectorContract):
    """The fake."""

    @pytest.fixture
    def place(self) -> Place:
        return InMemoryPlace()
