"""Where a server says that it is, for commands that run beside it."""

import json
from contextlib import ExitStack
from pathlib import Path

from memory.api.server import announced


def test_a_server_takes_back_only_what_it_said_itself(tmp_path: Path) -> None:
    """Fails when who ends removes the address of a server that still runs, or tells the two apart by process or port.

    The twin is the second, which ends later and leaves nothing behind.
    """
    address = tmp_path / "server.json"
    first, second = ExitStack(), ExitStack()
    first.enter_context(announced(address, "127.0.0.1", 8000))
    second.enter_context(announced(address, "127.0.0.1", 8000))
    first.close()
    assert json.loads(address.read_text())["port"] == 8000
    second.close()
    assert not address.exists()
