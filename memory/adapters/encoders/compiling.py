"""The one-time conversion of a sentence-transformers model to OpenVINO's format.

It runs as `python -m memory.adapters.encoders.compiling WEIGHTS TARGET`, always in a process of its own: it imports
torch, which costs seconds and a gigabyte that the serving process must never pay. What enters is a folder of weights,
what leaves in TARGET is `model.xml` and `model.bin` (token ids to normalised vector, pooling inside the graph),
`tokenizer.json`, and `facts.json` with dimension, window and layers.
"""

import json
import sys
from pathlib import Path
from typing import Any

from memory.adapters.encoders.telemetry import import_openvino

CONVERSION = 1
"""Raise it when a change here changes vectors: it is part of every model's revision."""

_PROBES = (
    "probe",
    "How many days of parental leave does an employee get?",
    "The supplier delivers within thirty days of the order and bears the risk until the goods are accepted. " * 6,
)
_LEAST_COSINE = 0.9999


def convert(weights: Path, target: Path) -> None:
    """Convert the model in `weights` into the existing folder `target`.

    One text is one input without padding (see `openvino.py`), so the attention mask is constant and part of the graph.
    Weights stay float32: half precision would round them before the runtime chooses its own precision.
    """
    openvino = import_openvino()
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(weights), device="cpu", local_files_only=True).eval()
    graph = openvino.convert_model(
        _token_ids_to_vector(model),
        example_input={"input_ids": _token_ids(model, _PROBES[1])},
        input=[openvino.PartialShape([1, -1])],
    )
    _require_equal_vectors(openvino, graph, model)
    openvino.save_model(graph, target / "model.xml", compress_to_fp16=False)
    _save_tokenizer(model, target / "tokenizer.json")
    facts = {
        "dimension": graph.output(0).partial_shape[1].get_length(),
        "window": model.max_seq_length - model.tokenizer.num_special_tokens_to_add(),
        "layers": [type(layer).__name__ for layer in model],
        "openvino": openvino.get_version(),
    }
    (target / "facts.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")


def _token_ids_to_vector(model: Any) -> Any:
    """Wrap all layers of the model, transformer to normalisation, as one traceable module."""
    import torch

    class TokenIdsToVector(torch.nn.Module):  # type: ignore[misc]  # torch is skipped by the type checker
        def __init__(self) -> None:
            super().__init__()
            self.layers = model

        def forward(self, input_ids: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            return torch.nn.functional.normalize(self.layers(features)["sentence_embedding"], dim=1)

    return TokenIdsToVector().eval()


def _token_ids(model: Any, text: str) -> Any:
    return model.tokenizer([text], return_tensors="pt", truncation=True, max_length=model.max_seq_length)["input_ids"]


def _require_equal_vectors(openvino: Any, graph: Any, model: Any) -> None:
    """Compare with the original on texts of several lengths: a trace may silently bake in the length of its example."""
    request = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
    for text in _PROBES:
        vector = request.infer({"input_ids": _token_ids(model, text).numpy()})[0][0]
        cosine = float(vector @ model.encode(text, normalize_embeddings=True, show_progress_bar=False))
        if not cosine >= _LEAST_COSINE:
            raise SystemExit(f"the converted model gives other vectors (cosine {cosine:.6f})")


def _save_tokenizer(model: Any, path: Path) -> None:
    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(path))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
