"""The serving process: the API, the embedded index, the relay that lets it follow, and a worker for syncs beside it.

Asked to end, it answers what it has begun, has a sync stopped between two batches, and closes what it opened.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from memory.api.app import create_app
from memory.api.working import following, worker_beside
from memory.domain.errors import Misconfigured
from memory.settings import Settings
from memory.wiring import answer_first, build


def run(settings: Settings, *, told: Callable[[str, int], None]) -> None:
    """Serve until interrupted; `told` hears the host and the port once requests are answered.

    Raises `Misconfigured` for an address that is not safe without TLS, or that cannot be listened on.
    """
    settings.require_safe_address()
    answer_first()
    # The HTTP server hands a signal on when it has ended; the default for this one would skip all that closes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with (
        build(settings) as services,
        _listening(settings) as listener,
        following(services),
        worker_beside(services),
    ):
        host, port = listener.getsockname()[:2]
        with announced(settings.address_file, host, port):
            services.warm()
            told(host, port)
            config = uvicorn.Config(
                create_app(services),
                log_config=None,  # its own would print messages of exceptions; the process's log does not
                log_level="warning",
                access_log=False,
                server_header=False,
            )
            uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP: asyncio switches Nagle's algorithm off for such sockets alone, and with it every answer on an open
    # connection waits for the 40 ms of the client's delayed acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen()  # who reads the address before the first request is served waits, and is not refused
        except OSError as error:
            raise Misconfigured(
                f"{settings.host}, port {settings.port}, cannot be listened on ({error.strerror}); name another with "
                "--host and --port."
            ) from error
        yield listener


@contextmanager
def announced(path: Path, host: str, port: int) -> Iterator[None]:
    """Say in the home where the server is, for commands that run beside it.

    Of several servers on a home the one that began last is the one that is told of; who ends takes back its own word
    alone. In containers all may have the same process id and port, so each word has a mark of its own.
    """
    said = json.dumps({"host": host, "port": port, "pid": os.getpid(), "mark": secrets.token_hex(8)})
    path.write_text(said)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.read_text() == said:
                path.unlink()
