import subprocess
import sys
from pathlib import Path

import pytest

from memory.adapters.encoders.packaged import MODEL_NAME, PACKAGE, Weights, packaged_weights
from memory.domain.errors import EncoderUnavailable


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    for name, content in (("config.json", "{}"), ("model.safetensors", "numbers"), ("README.md", "words")):
        (tmp_path / name).write_text(content)
    return Weights("small", tmp_path)


def test_the_packaged_weights_are_a_whole_model() -> None:
    weights = packaged_weights()
    assert weights.name == MODEL_NAME
    assert (weights.folder / "model.safetensors").is_file()
    assert len(weights.digest()) == 64


def test_locating_the_weights_does_not_import_their_package() -> None:
    """Fails when `packaged_weights` asks the package itself for its folder."""
    program = (
        "import sys; from memory.adapters.encoders.packaged import *; packaged_weights(); "
        f"print({PACKAGE!r} in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own lines
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "1_Pooling/config.json"])
def test_whatever_shapes_a_vector_changes_the_digest(weights: Weights, name: str) -> None:
    """Fails when the digest leaves out a kind of file or looks into one folder only: two models would share vectors."""
    before = weights.digest()
    (weights.folder / name).parent.mkdir(exist_ok=True)
    (weights.folder / name).write_text("something else")
    assert weights.digest() != before


def test_documentation_does_not_change_the_digest(weights: Weights) -> None:
    before = weights.digest()
    (weights.folder / "README.md").write_text("other words")
    assert weights.digest() == before


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="no model"):
        Weights("nothing", tmp_path).digest()
