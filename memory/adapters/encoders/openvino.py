"""Sentence vectors by OpenVINO on the CPU.

What enters is text, what leaves are float32 vectors whose bytes depend on the text alone. Three choices make it so:

- Every text is inferred by itself, at its own length. Padding and batching change bytes: with all-MiniLM-L6-v2 in
  bf16, padding changed 89 of 355 texts by up to 8e-4, and batches of 8 changed 7.
- One thread computes one text, on one of as many streams as there are CPUs. This gives more passages per second than
  all threads on one text, the same latency of a query, and results that do not depend on the number of CPUs.
- Each inference has an `InferRequest` to itself: one that is shared by threads returns wrong vectors.

OpenVINO's own cache of compiled models (CACHE_DIR) is not used: it saves a fifth of a second at the start, and a
damaged blob was loaded without complaint and gave other vectors.
"""

import os
import queue
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Literal

import numpy as np
from tokenizers import Encoding, Tokenizer

from memory.adapters.encoders.packaged import Weights, packaged_weights
from memory.adapters.encoders.prepared import PreparedModel, prepared_model, revision_of
from memory.adapters.encoders.telemetry import import_openvino
from memory.domain.errors import EncoderUnavailable
from memory.domain.ports.encoder import Encoded, EncodedPassages, Model, Vector

Precision = Literal["bf16", "f32"]

_MOST_STREAMS = 16  # each stream keeps buffers of its own; beyond this, memory bandwidth is the limit


def open_encoder(cache: Path, weights: Path | None = None, *, precision: Precision | None = None) -> "OpenVinoEncoder":
    """Return an encoder, ready to use; the first time on a machine this converts the model, which takes up to a minute.

    `weights` is a folder in the layout of sentence-transformers; by default all-MiniLM-L6-v2 as it was installed.
    `precision` is bf16 where the CPU computes in it (twice as fast, cosine to float32 above .9999), else f32; name it
    where several machines share an index, because it is part of the model's revision. Raises `EncoderUnavailable`.
    """
    source = packaged_weights() if weights is None else Weights(weights.name, weights)
    chosen = precision or _native_precision()
    return OpenVinoEncoder(prepared_model(cache, source, revision_of(source, chosen)), chosen)


class OpenVinoEncoder:
    """An `Encoder` over one compiled model, for any number of threads."""

    def __init__(self, prepared: PreparedModel, precision: Precision) -> None:
        streams = min(_usable_cpus(), _MOST_STREAMS)
        self._model = prepared.model
        self._counting = _tokenizer(prepared.folder)
        self._truncating = _tokenizer(prepared.folder)
        special = self._truncating.num_special_tokens_to_add(is_pair=False)
        self._truncating.enable_truncation(prepared.model.window + special)
        compiled = _compiled(prepared.folder / "model.xml", precision, streams)
        # Passages hold at most half of the requests, so a long batch never keeps a query waiting for one.
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(2 * streams):
            self._requests.put(compiled.create_infer_request())
        # OpenVINO's bindings load numpy on first use behind a C++ guard, holding the interpreter lock: two threads that
        # make the first use together wait for each other for ever. So it is made here, by one.
        self._encode("")
        self._passage_workers = ThreadPoolExecutor(streams, thread_name_prefix="encoder")

    @property
    def model(self) -> Model:
        """Which model this is; its revision covers weights, conversion and precision."""
        return self._model

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query. Raises `EncoderUnavailable`."""
        return self._encode(text)

    @contextmanager
    def encoding(self, text: str) -> Iterator[Encoded]:
        """Begin to make the vector of one query; OpenVINO's own thread makes it, outside the interpreter lock.

        Raises `EncoderUnavailable`.
        """
        started = self._start(text)
        try:
            yield started.vector
        finally:
            started.finish()

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        """Return one vector per text, in order; a text is read up to the window. Raises `EncoderUnavailable`.

        A text is encoded from the moment that it is there, while `texts` makes the next.
        """
        given_up = Event()
        try:
            return self.begin_passages(texts, given_up)()
        finally:
            given_up.set()

    def begin_passages(self, texts: Iterable[str], given_up: Event) -> EncodedPassages:
        """Take all texts and return what waits for their vectors; what is begun after `given_up` is set is not made."""
        begun: list[Future[Vector]] = []
        try:
            for text in texts:
                begun.append(self._passage_workers.submit(self._passage, text, given_up))  # noqa: PERF401 - see below
        except BaseException:
            for vector in begun:  # of a batch that failed or was interrupted, nobody waits for the rest
                vector.cancel()
            raise
        return lambda: [vector.result() for vector in begun]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`, without special tokens and without truncation."""
        return len(_encoding(self._counting, text, add_special_tokens=False))

    def _passage(self, text: str, given_up: Event) -> Vector:
        if given_up.is_set():
            raise CancelledError
        return self._encode(text)

    def _encode(self, text: str) -> Vector:
        with self.encoding(text) as vector:
            return vector()

    def _start(self, text: str) -> "_Inference":
        ids = np.array([_encoding(self._truncating, text, add_special_tokens=True).ids], dtype=np.int64)
        return _Inference(self._requests, ids)


class _Inference:
    """One text on its way through the model, with a request to itself until its vector is there."""

    def __init__(self, requests: "queue.SimpleQueue[Any]", ids: Any) -> None:
        self._requests = requests
        self._result: Vector | RuntimeError | None = None
        self._request = requests.get()
        try:
            self._request.start_async({"input_ids": ids})
        except RuntimeError as error:
            requests.put(self._request)
            raise EncoderUnavailable from error

    def vector(self) -> Vector:
        """Wait for the vector. Raises `EncoderUnavailable`."""
        self.finish()
        if not isinstance(self._result, Vector):
            raise EncoderUnavailable from self._result
        return self._result

    def finish(self) -> None:
        """Wait, keep what came out and give the request back; a second time does nothing."""
        if self._result is not None:
            return
        try:
            self._request.wait()
            self._result = np.asarray(self._request.get_output_tensor(0).data[0], dtype="<f4").tobytes()
        except RuntimeError as error:
            self._result = error
        finally:
            self._requests.put(self._request)


def _usable_cpus() -> int:
    """Count the CPUs this process may run on, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _native_precision() -> Precision:
    capabilities = import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in capabilities else "f32"


def _compiled(graph: Path, precision: Precision, streams: int) -> Any:
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        # A stream that is bound to one CPU waits for whatever else runs there, the search beside it among others.
        "ENABLE_CPU_PINNING": False,
    }
    try:
        return import_openvino().Core().compile_model(graph, "CPU", settings)
    except RuntimeError as error:
        raise EncoderUnavailable from error


def _tokenizer(folder: Path) -> Tokenizer:
    """Load a tokenizer that neither truncates nor pads."""
    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises bare Exception
        raise EncoderUnavailable from error


def _encoding(tokenizer: Tokenizer, text: str, *, add_special_tokens: bool) -> Encoding:
    try:
        return tokenizer.encode(text, add_special_tokens=add_special_tokens)
    except TypeError:  # lone surrogates, which JSON can carry and UTF-8 cannot
        return tokenizer.encode(text.encode(errors="replace").decode(), add_special_tokens=add_special_tokens)
