"""What a command sends to the server beside it: its token, to that server alone; and what it makes of the answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from memory.api.schemas.retrieve import RetrieveRequest
from memory.cli.beside import ask_server
from memory.domain.errors import IndexOwnedElsewhere, InvalidRequest, Unavailable
from memory.domain.identity import Caller, PrincipalToken
from memory.founding import found
from memory.settings import Settings
from memory.testing.index_world import quick_folder

CALLER = Caller(PrincipalToken.parse("user:ada"), None, "cli", frozenset(), None, "operator:olga")
REQUEST = RetrieveRequest(query="leave", purpose="support")


class Listener(ThreadingHTTPServer):
    """Gives everybody one answer, and keeps what it was asked for and with which token."""

    daemon_threads = True

    def __init__(self, host: str, status: int, answer: bytes) -> None:
        super().__init__((host, 0), Answering)
        self.status, self.answer = status, answer
        self.asked: list[tuple[str, str]] = []


class Answering(BaseHTTPRequestHandler):
    """One request to a listener."""

    server: Listener

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@contextmanager
def listening(*, host: str = "127.0.0.1", status: int = 200, answer: bytes = b"{}") -> Iterator[Listener]:
    with Listener(host, status, answer) as listener:
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Yield the settings of a home with keys."""
    with quick_folder() as folder:
        made = Settings(home=folder / "home")
        found(made)
        yield made


def at(settings: Settings, host: str, port: int) -> None:
    settings.address_file.write_text(json.dumps({"host": host, "port": port}))


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_the_token_goes_to_the_server_and_never_to_a_proxy(
    settings: Settings, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when the address is opened as `urllib.request.urlopen` does, which obeys the environment."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with listening(answer=b'{"passages": []}') as server, listening(answer=b'{"passages": [1]}') as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.server_port}")
        at(settings, "127.0.0.1", server.server_port)
        assert ask_server(settings, CALLER, REQUEST) == {"passages": []}
    assert proxy.asked == []
    ((path, authorization),) = server.asked
    assert path == "/retrieve"
    assert authorization.startswith("Bearer ")


def test_a_server_that_listens_everywhere_is_asked_on_this_machine(settings: Settings) -> None:
    with listening(host="0.0.0.0") as server:  # noqa: S104 - what an operator may configure
        at(settings, "0.0.0.0", server.server_port)  # noqa: S104
        assert ask_server(settings, CALLER, REQUEST) == {}


@pytest.mark.parametrize(
    ("status", "answer", "error", "sentence"),
    [
        (400, b'{"detail": "The purpose is not registered."}', InvalidRequest, "The purpose is not registered."),
        (503, b'{"detail": "The index is closed."}', Unavailable, "The index is closed."),
        (500, b"<html>", Unavailable, "its log says why"),
        (502, b"[]", Unavailable, "its log says why"),
        (200, b"<html>", IndexOwnedElsewhere, "Another process"),
    ],
)
def test_what_a_server_cannot_do_is_an_error_of_ours(
    settings: Settings, status: int, answer: bytes, error: type[Exception], sentence: str
) -> None:
    """Fails when an error of the library that asks gets out."""
    with listening(status=status, answer=answer) as server:
        at(settings, "127.0.0.1", server.server_port)
        with pytest.raises(error, match=sentence):
            ask_server(settings, CALLER, REQUEST)


@pytest.mark.parametrize("text", [None, "", "[]", '{"host": "127.0.0.1"}', '{"host": "127.0.0.1", "port": "x"}'])
def test_without_an_address_the_owner_is_no_server(settings: Settings, text: str | None) -> None:
    file: Path = settings.address_file
    file.unlink(missing_ok=True) if text is None else file.write_text(text)
    with pytest.raises(IndexOwnedElsewhere):
        ask_server(settings, CALLER, REQUEST)
