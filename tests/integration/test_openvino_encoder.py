"""The real model: what a serving process loads, how near it stays to the original, and that bytes depend on text."""

import json
import os
import subprocess
import sys
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.adapters.encoders.openvino import OpenVinoEncoder, open_encoder
from memory.adapters.encoders.packaged import packaged_weights
from memory.adapters.encoders.prepared import convert_in_child
from memory.domain.errors import EncoderUnavailable
from memory.domain.ports.encoder import Vector

TEXTS = [
    "leave",
    "How many days of parental leave does an employee get?",
    "Straße, naïve café, 東京, Ελλάδα, 👩‍👩‍👧",
    "The supplier bears the risk until the goods are accepted. " * 12,
    "Longer than the window: invoices are paid within thirty days of receipt. " * 40,
]


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> OpenVinoEncoder:
    return open_encoder(model_cache)


def run(program: str, *arguments: str, home: Path) -> str:
    command = [sys.executable, "-c", program, *arguments]
    environment = os.environ | {"HOME": str(home), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - ours
    return done.stdout


def test_a_serving_process_imports_no_torch_and_no_telemetry(
    encoder: OpenVinoEncoder, model_cache: Path, tmp_path: Path
) -> None:
    """Fails when the conversion is imported for its constants at the wrong level, or openvino is imported directly."""
    program = (
        "import sys, json; from pathlib import Path; from memory.adapters.encoders.openvino import open_encoder\n"
        "encoder = open_encoder(Path(sys.argv[1])); encoder.encode_query('leave')\n"
        "print(json.dumps([name for name, module in sys.modules.items() if module is not None]))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(run(program, str(model_cache), home=tmp_path))}
    assert "openvino" in loaded
    assert loaded.isdisjoint({"torch", "transformers", "sentence_transformers", "openvino_telemetry"})
    assert list(tmp_path.iterdir()) == [], "something was written into the home folder of the account"


def test_vectors_are_those_of_sentence_transformers(encoder: OpenVinoEncoder, tmp_path: Path) -> None:
    """Fails when pooling, normalisation, tokenizer or truncation differ from the original's."""
    program = (
        "import sys, json; from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu')\n"
        "print(json.dumps(model.encode(json.loads(sys.argv[2])).tolist()))"
    )
    original = json.loads(run(program, str(packaged_weights().folder), json.dumps(TEXTS), home=tmp_path))
    ours = np.stack([np.frombuffer(vector, "<f4") for vector in encoder.encode_passages(TEXTS)])
    assert np.sum(ours * np.array(original), axis=1) == pytest.approx(1, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.sampled_from(TEXTS) | st.text(max_size=400), min_size=1, max_size=6))
def test_bytes_depend_on_the_text_alone(encoder: OpenVinoEncoder, texts: list[str]) -> None:
    """Fails when `encode_passages` pads texts to a common length or gives them to the model as one batch."""
    assert encoder.encode_passages(texts) == [encoder.encode_query(text) for text in texts]


def test_a_query_does_not_wait_for_a_batch_of_passages(encoder: OpenVinoEncoder) -> None:
    """Fails when passages may hold every inference request until the batch is done."""
    with ThreadPoolExecutor(1) as threads:
        batch: Future[list[Vector]] = threads.submit(encoder.encode_passages, [TEXTS[-1]] * 60)
        for _ in range(5):
            encoder.encode_query(TEXTS[1])
        assert not batch.done()
        assert len(set(batch.result())) == 1


def test_what_was_given_up_is_not_encoded(encoder: OpenVinoEncoder) -> None:
    """Fails when texts that were taken are encoded although nobody waits: Ctrl-C would wait for a whole batch."""
    given_up = Event()
    wait = encoder.begin_passages([TEXTS[-1]] * 200, given_up)
    given_up.set()
    with pytest.raises(CancelledError):
        wait()


def test_a_text_of_a_megabyte_is_encoded_and_counted(encoder: OpenVinoEncoder) -> None:
    long = "The supplier bears the risk. " * 36_000
    assert encoder.count_tokens(long) == 6 * 36_000
    assert encoder.encode_query(long) == encoder.encode_query(long[:20_000])


def test_a_conversion_that_fails_makes_the_encoder_unavailable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderUnavailable, match="cannot be converted"):
        convert_in_child(tmp_path, tmp_path)
    assert "Traceback" in caplog.text
