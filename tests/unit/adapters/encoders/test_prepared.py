import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from memory.adapters.encoders.packaged import Weights
from memory.adapters.encoders.prepared import PreparedModel, prepared_model, revision_of
from memory.domain.errors import EncoderUnavailable
from memory.domain.ports.encoder import Model


class Converter:
    """Stands in for the child process that imports torch; counts how often it was needed."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, weights: Path, target: Path) -> None:
        self.runs += 1
        for name in ("model.xml", "model.bin", "tokenizer.json"):
            (target / name).write_text(f"{name} made of {weights.name}")
        (target / "facts.json").write_text('{"dimension": 8, "window": 16}')


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return Weights("small", folder)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def prepare(cache: Path, weights: Weights, convert: Callable[[Path, Path], None]) -> PreparedModel:
    return prepared_model(cache, weights, revision_of(weights, "f32"), convert=convert)


def test_the_first_use_converts_and_later_ones_do_not(cache: Path, weights: Weights) -> None:
    convert = Converter()
    first = prepare(cache, weights, convert)
    assert first == prepare(cache, weights, convert)
    assert first.model == Model("small", revision_of(weights, "f32"), 8, 16)
    assert convert.runs == 1


def truncate(folder: Path) -> None:
    (folder / "model.bin").write_text("model.bin")


def remove_a_file(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def remove_the_manifest(folder: Path) -> None:
    (folder / "model.json").unlink()


def mangle_the_manifest(folder: Path) -> None:
    (folder / "model.json").write_text('{"model": []}')


def rename_the_model(folder: Path) -> None:
    manifest = json.loads((folder / "model.json").read_text())
    manifest["model"]["revision"] = "0" * 64
    (folder / "model.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "damage", [truncate, remove_a_file, remove_the_manifest, mangle_the_manifest, rename_the_model]
)
def test_a_damaged_model_is_built_again(cache: Path, weights: Weights, damage: Callable[[Path], None]) -> None:
    """Fails when a folder is trusted because it exists, or when the digests of its manifest are not compared."""
    convert = Converter()
    prepared = prepare(cache, weights, convert)
    whole = (prepared.folder / "model.bin").read_bytes()
    damage(prepared.folder)
    assert prepare(cache, weights, convert) == prepared
    assert (prepared.folder / "model.bin").read_bytes() == whole
    assert convert.runs == 2


def test_two_first_users_at_once_both_get_the_model(cache: Path, weights: Weights) -> None:
    """Fails when the loser of the race takes the winner's folder for an error."""
    both_are_converting = Barrier(2, timeout=10)
    fake = Converter()

    def convert(weights: Path, target: Path) -> None:
        both_are_converting.wait()
        fake(weights, target)

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: prepare(cache, weights, convert), range(2))
    assert first == second
    assert [path.name for path in cache.iterdir()] == [first.folder.name]


def test_a_failed_conversion_leaves_nothing_behind(cache: Path, weights: Weights) -> None:
    """Fails when files are converted in the place where they are looked for."""

    def convert(_: Path, target: Path) -> None:
        (target / "model.xml").write_text("half of i")
        raise EncoderUnavailable

    with pytest.raises(EncoderUnavailable):
        prepare(cache, weights, convert)
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_makes_the_encoder_unavailable(cache: Path, weights: Weights) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(EncoderUnavailable, match="cannot be written"):
        prepare(cache, weights, Converter())


def test_precision_is_part_of_the_revision(weights: Weights) -> None:
    """Fails when vectors of two precisions would pass for vectors of one model."""
    assert revision_of(weights, "f32") != revision_of(weights, "bf16")


def test_weights_are_part_of_the_revision(weights: Weights) -> None:
    before = revision_of(weights, "f32")
    (weights.folder / "model.safetensors").write_text("other numbers")
    assert revision_of(weights, "f32") != before
