"""The cache of converted models: found, verified, or built.

A folder `NAME-REVISION` holds one converted model and a manifest, `model.json`, that names it and gives the SHA-256 of
every file. It appears by one rename, so it is complete or absent; a folder that does not match its manifest is built
again. Any number of processes may start at once: each builds in a folder of its own and the first rename wins.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from memory.adapters.encoders.compiling import CONVERSION
from memory.adapters.encoders.packaged import Weights, file_digest
from memory.domain.errors import EncoderUnavailable
from memory.domain.ports.encoder import Model

logger = logging.getLogger(__name__)

_FILES = ("model.xml", "model.bin", "tokenizer.json", "facts.json")
_TIMEOUT_S = 900
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "DO_NOT_TRACK": "1",
}


Conversion = Callable[[Path, Path], None]
"""Writes the converted model of a folder of weights into an empty folder."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A verified folder that the runtime can load."""

    model: Model
    folder: Path


def revision_of(weights: Weights, precision: str) -> str:
    """Return SHA-256, hex, over what decides a vector: the weights, how they were converted, in what they compute."""
    return hashlib.sha256(f"{CONVERSION} {precision} {weights.digest()}".encode()).hexdigest()


def convert_in_child(weights: Path, target: Path) -> None:
    """Run `compiling.py` in a process of its own. Raises `EncoderUnavailable`."""
    # -P keeps the working directory, which nobody has vetted, out of the child's import path.
    command = [sys.executable, "-P", "-m", "memory.adapters.encoders.compiling", str(weights), str(target)]
    try:
        subprocess.run(  # noqa: S603 - our own module, run by our own interpreter
            command, env=os.environ | _QUIET, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        logger.error("The conversion of %s failed:\n%s", weights, error.stderr)
        raise EncoderUnavailable("The encoder's model cannot be converted; the log says why.") from error
    except subprocess.TimeoutExpired as error:
        raise EncoderUnavailable("The conversion of the encoder's model took too long; try again.") from error


def prepared_model(
    cache: Path, weights: Weights, revision: str, *, convert: Conversion = convert_in_child
) -> PreparedModel:
    """Return the converted model, converting it first where the cache has none: up to a minute, once.

    Raises `EncoderUnavailable` when the conversion fails or the cache cannot be written.
    """
    folder = cache / f"{weights.name}-{revision[:12]}"
    found = _verified(folder, weights.name, revision)
    if found is not None:
        return found
    try:
        _build(folder, weights, revision, convert)
    except OSError as error:
        raise EncoderUnavailable(f"{cache} cannot be written; check its permissions and free space.") from error
    built = _verified(folder, weights.name, revision)
    if built is None:
        raise EncoderUnavailable(f"The files in {folder} do not match their manifest; check the disk, then remove it.")
    return built


def _verified(folder: Path, name: str, revision: str) -> PreparedModel | None:
    """Return the model of a folder whose every file is what its manifest says, None otherwise."""
    try:
        manifest = json.loads((folder / "model.json").read_bytes())
        model = Model(**manifest["model"])
        intact = all(file_digest(folder / file) == manifest["files"][file] for file in _FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not intact or (model.name, model.revision) != (name, revision):
        return None
    return PreparedModel(model, folder)


def _build(folder: Path, weights: Weights, revision: str, convert: Conversion) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    logger.info("Preparing the encoder %s; this happens once and takes up to a minute.", weights.name)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-", ignore_cleanup_errors=True) as scratch:
        building = Path(scratch) / "new"
        building.mkdir()
        convert(weights.folder, building)
        _write_manifest(building, weights.name, revision)
        _put_in_place(building, folder, Path(scratch) / "damaged", weights.name, revision)
    logger.info("The encoder %s is ready.", weights.name)


def _write_manifest(folder: Path, name: str, revision: str) -> None:
    facts = json.loads((folder / "facts.json").read_bytes())
    model = Model(name, revision, facts["dimension"], facts["window"])
    manifest = {"model": asdict(model), "files": {file: file_digest(folder / file) for file in _FILES}}
    (folder / "model.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _put_in_place(building: Path, folder: Path, aside: Path, name: str, revision: str) -> None:
    """Move the new folder to its name, and a damaged one that stands there out of the way."""
    if folder.exists() and _verified(folder, name, revision) is None:
        shutil.move(folder, aside)
    try:
        building.rename(folder)
    except OSError:
        if _verified(folder, name, revision) is None:  # else another process was faster, with the same model
            raise
