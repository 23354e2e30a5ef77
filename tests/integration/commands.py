"""The command line as operators meet it: processes of the installed entry point, and servers that end by signal.

Where a process of its own proves nothing more, a command runs in the process of the tests.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest import mock

from memory.cli.app import main

MEMORY = Path(sys.executable).with_name("memory")
WATCHING = Path(__file__).with_name("watching")
START_S = 60
END_S = 30


@dataclass(frozen=True)
class Commands:
    """Runs commands on one home, in a folder of its own; `variables` join an environment without `MEMORY_*`."""

    home: Path
    model_cache: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMORY_")}
        given = {"MEMORY_HOME": str(self.home), "MEMORY_MODEL_CACHE": str(self.model_cache), "MEMORY_OPERATOR": "olga"}
        return kept | given | dict(self.variables)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(  # noqa: S603 - the product's own command
            [str(MEMORY), *arguments],
            cwd=self.home.parent,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )

    def told(self, *arguments: str) -> str:
        """Return what a command that must succeed prints."""
        ended = self.run(*arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def json(self, *arguments: str) -> Any:
        """Return what a command that must succeed says to machines."""
        return json.loads(self.told(*arguments, "--json"))

    def refused(self, *arguments: str, **variables: str) -> str:
        """Return the one sentence of a command that must end with 1."""
        ended = self.run(*arguments, **variables)
        assert (ended.returncode, ended.stdout) == (1, ""), ended
        assert ended.stderr.startswith("memory: ")
        assert len(ended.stderr.splitlines()) == 1, ended.stderr
        return ended.stderr.removeprefix("memory: ").strip()

    @contextmanager
    def serving(self, *command: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
        """Start a server on a free port; yield the process and what it says of itself, and end it as an operator does.

        `command` replaces the entry point.
        """
        with self.running(*(command or (str(MEMORY),)), "serve", "--port", "0", "--json", **variables) as process:
            yield process, said_by(process)

    @contextmanager
    def running(self, *command: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """Start what runs until it is asked to end; yield the process, and end it as an operator does."""
        with subprocess.Popen(  # noqa: S603
            command,
            cwd=self.home.parent,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


class InProcess(Commands):
    """Runs commands in the process of the tests: the same arguments, variables, streams and exit codes."""

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        printed, complained = BytesIO(), BytesIO()
        with (
            chdir(self.home.parent),
            mock.patch.dict(os.environ, self.environment | variables, clear=True),
            mock.patch.object(sys, "argv", [str(MEMORY), *arguments]),
            redirect_stdout(TextIOWrapper(printed, "utf-8", write_through=True)) as out,
            redirect_stderr(TextIOWrapper(complained, "utf-8", write_through=True)) as err,
        ):
            code = _code()
            out.flush()
            err.flush()
            texts = [stream.getvalue().decode() for stream in (printed, complained)]
        return subprocess.CompletedProcess(arguments, code, *texts)


def _code() -> int:
    """Run the command of `sys.argv` and return what it ends with."""
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def said_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a process says of itself, in JSON, once it has begun."""
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.rstrip() == "}":
            said: dict[str, Any] = json.loads("".join(lines))
            return said
    raise AssertionError(process.stderr.read())


def watching(folder: Path) -> dict[str, str]:
    """Return variables under which every Python process tells in `folder` what it tried to reach and imported."""
    path = os.pathsep.join(filter(None, [str(WATCHING), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "WATCHED_INTO": str(folder)}
