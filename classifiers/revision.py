"""Which recognizers are installed, told without loading them: loading takes seconds and half a gigabyte.

A process says with it what it labels by, so that two that would label the same text differently notice.
"""

import hashlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

LIBRARIES = ("presidio-analyzer", "phonenumbers", "regex")
"""What the recognizers are made of besides our own code."""

NAMING = ("spacy", "en_core_web_lg")
"""What names of people and places are found with; without the model none are, and fewer documents are protected."""


def installed(library: str) -> str:
    """Return the version of an installed library or model, and `absent` for one that is not installed."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "absent"


def recognizers(version: Callable[[str], str] = installed) -> str:
    """Return a digest of this package's code, as it lies on disk, and of the versions of what it works with."""
    digest = hashlib.sha256(",".join(version(library) for library in (*LIBRARIES, *NAMING)).encode())
    package = Path(__file__).parent
    for module in sorted(package.rglob("*.py")):
        digest.update(f"\n{module.relative_to(package)}\n".encode() + module.read_bytes())
    return digest.hexdigest()[:12]
