"""Data that ships with the product: the default pack and the example company."""

import sysconfig
from pathlib import Path

from memory.domain.errors import Misconfigured


def shipped(name: str) -> Path:
    """Return a shipped folder, in a checkout or installed from a wheel. Raises `Misconfigured`."""
    for root in (Path(__file__).parent.parent, Path(sysconfig.get_path("data")) / "share" / "enterprise-memory"):
        if (root / name).is_dir():
            return root / name
    raise Misconfigured(f"The installation is incomplete: {name} is missing; install enterprise-memory again.")
