"""The recipes of the Makefile that do more than call one command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder with a `memory` that writes down what it is called with."""
    if shutil.which("make") is None:
        pytest.skip("this machine has no make")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "memory").write_text(f'#!/bin/sh\necho "$1 $MEMORY_HOME" >> {tmp_path}/calls\n')
    (folder / "memory").chmod(0o700)
    return folder


def called(programs: Path, home: Path) -> list[str]:
    """Run `make serve`, with everything installed, and return the calls it made."""
    calls = programs.parent / "calls"
    calls.unlink(missing_ok=True)
    command = ["make", "--silent", "--old-file", ".venv/.installed", "serve", f"BIN={programs}"]
    subprocess.run(  # noqa: S603
        command, cwd=REPOSITORY, env=os.environ | {"MEMORY_HOME": str(home)}, check=True, capture_output=True
    )
    return calls.read_text().splitlines()


def test_serving_makes_the_home_that_is_named_and_none_twice(programs: Path, tmp_path: Path) -> None:
    """Fails when the recipe looks at another home than the one it serves."""
    home = tmp_path / "a home"
    assert called(programs, home) == [f"init {home}", f"serve {home}"]
    (home / "config").mkdir(parents=True)
    assert called(programs, home) == [f"serve {home}"]
