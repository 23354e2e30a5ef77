"""Where things lie: the data that judges, the cache of what is expensive to prepare, homes for one run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from memory.domain.errors import Misconfigured
from memory.founding import found
from memory.settings import Settings, load_settings

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = REPOSITORY / ".cache" / "bench"


def test_data() -> Path:
    """Return the folder of real data. Raises `Misconfigured` where it is absent."""
    folder = Path(os.environ.get("MEMORY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        raise Misconfigured("The real data is missing; set MEMORY_TEST_DATA to its folder.")
    return folder


def model_cache() -> Path:
    """Return where the compiled model is kept, as the Makefile has it."""
    return Path(os.environ.get("MEMORY_MODEL_CACHE", REPOSITORY / ".cache" / "models"))


def settings_for(home: Path) -> Settings:
    """Return settings under which everything but the model lies in `home`, whatever the environment says.

    Processing happens in the United States, whose laws protect most of the people that the test data is about.
    """
    settings = load_settings(home=home, profile="embedded", model_cache=model_cache(), region="US")
    return settings.model_copy(update={"catalogue_url": None})


def command_line(settings: Settings, *words: str) -> list[str]:
    """Return how a shell would call `memory` on a home."""
    return [str(Path(sys.executable).with_name("memory")), *words, "--home", str(settings.home)]


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables under which a command sees the same settings."""
    return {**os.environ, "MEMORY_MODEL_CACHE": str(settings.models), "MEMORY_REGION": str(settings.region)}


@contextmanager
def temporary_home() -> Iterator[Settings]:
    """Found a home for the length of a block. It lies beside the cache, on the disk that a real one would be on."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="home-", dir=CACHE) as folder:
        settings = settings_for(Path(folder) / "home")
        found(settings)
        yield settings


def version_of(*modules: ModuleType) -> str:
    """Return a digest of the source of these modules: what they shaped is good as long as they do not change."""
    sources = (Path(module.__file__ or "").read_bytes() for module in modules)
    return sha256(b"\0".join(sources)).hexdigest()[:12]
