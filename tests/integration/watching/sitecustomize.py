"""Python runs this at the start of every process that has this folder on its path: it watches what the process does.

An attempt to reach anything but this machine is written down and refused; at the end, the names of all modules that
were imported are written down. Everything goes into the folder that `WATCHED_INTO` names, in files by process. An audit
hook sees what goes through Python's own sockets; what a native library does is not seen here.
"""

import atexit
import os
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

FOLDER = Path(os.environ["WATCHED_INTO"])
TO_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")
TO_NAME = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse and note what leads out of this machine."""
    host: object = None
    if event in TO_ADDRESS:
        connection, address = arguments[:2]
        if isinstance(connection, socket.socket) and connection.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0] if isinstance(address, tuple) else None
    elif event in TO_NAME:
        host = arguments[0]
    if host is not None and not _here(host):
        with (FOLDER / f"{os.getpid()}.network").open("a") as file:
            file.write(f"{event} {host!r} by {sys.argv[:1]}\n")
        raise OSError("the trap of a test")


def _here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return name in ("", "localhost") or ip_address(name).is_loopback
    except ValueError:
        return False  # any other name: `127.example` is one, too


@atexit.register
def tell() -> None:
    """Write down what was imported."""
    (FOLDER / f"{os.getpid()}.modules").write_text("\n".join(sorted(sys.modules)))


sys.addaudithook(watch)
