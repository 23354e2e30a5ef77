"""A PostgreSQL server for the length of a block, from the machine's own package, in a temporary folder.

It listens on loopback alone, on a free port, with a password that nobody else knows. PostgreSQL refuses to run as root;
then it runs as the user that its package made.
"""

import os
import pwd
import secrets
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGES = Path("/usr/lib/postgresql")
USER = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest server that is installed, None when there is none."""
    found = [path for path in PACKAGES.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[str]:
    """Run a server and yield the URL of its database `postgres`, whose role may make others.

    Unless `durable`, it does not wait for the disk. Raises `LookupError` when no server is installed.
    """
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise LookupError("PostgreSQL is not installed.")
    with TemporaryDirectory(prefix="pg-") as name:
        server = _Server(folder_of_programs, Path(name), durable=durable)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


class _Server:
    """One cluster of databases in one folder."""

    def __init__(self, binaries: Path, folder: Path, *, durable: bool) -> None:
        self._binaries = binaries
        self._folder = folder
        self._durable = durable
        self._password = secrets.token_hex(16)
        self._port = _free_port()

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            for path in (self._folder, password):
                os.chown(path, account.pw_uid, account.pw_gid)
        data = str(self._folder / "data")
        choices = ("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", f"--pgdata={data}", f"--username={USER}", *choices)
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", f"--pgdata={data}", f"--log={log}", "--wait", f"--options={self._options()}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", f"--pgdata={self._folder / 'data'}", "--mode=immediate")

    def _options(self) -> str:
        settings = {"listen_addresses": "127.0.0.1", "port": self._port, "unix_socket_directories": self._folder}
        hasty = {} if self._durable else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return " ".join(f"-c {name}={value}" for name, value in (settings | hasty).items())

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = (str(self._binaries / program), *arguments)
        if os.geteuid() == 0:
            command = ("runuser", "-u", USER, "--", *command)
        # The server that pg_ctl leaves behind must not keep a pipe of ours open, so its output goes nowhere.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)  # noqa: S603 - our own words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
