import inspect
import itertools
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from memory.adapters.metered import MeteredClassifier, MeteredEncoder, MeteredIndex, MeteredPartitioner
from memory.domain.ports.classifier import Classifier
from memory.domain.ports.encoder import Encoder
from memory.domain.ports.index import Index
from memory.domain.ports.partitioner import Partitioner
from memory.domain.usage import Meter, Usage
from memory.testing.encoder_fake import HashEncoder

PORTS: list[tuple[type, type]] = [
    (Encoder, MeteredEncoder),
    (Index, MeteredIndex),
    (Partitioner, MeteredPartitioner),
    (Classifier, MeteredClassifier),
]
UNCOUNTED = {"close"}
BLOCKS = {"encoding", "begin_passages"}
"""They begin something instead of returning a result, and have tests of their own."""


def public(kind: type) -> dict[str, Any]:
    return {name: member for name, member in vars(kind).items() if not name.startswith("_")}


MEMBERS = [(port, wrapper, name) for port, wrapper in PORTS for name in public(port)]
METHODS = [case for case in MEMBERS if callable(public(case[0])[case[2]])]
PROPERTIES = [case for case in MEMBERS if case not in METHODS]


class Recorder:
    """Stands in for any port: remembers how it was called and returns one list for every method."""

    def __init__(self, result: object) -> None:
        self.calls: list[tuple[str, tuple[object, ...], dict[str, object]]] = []
        self.result = result

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*positional: object, **named: object) -> object:
            if isinstance(self.result, Exception):
                raise self.result
            taken = tuple(tuple(one) if isinstance(one, Iterator) else one for one in positional)
            self.calls.append((name, taken, named))
            return self.result

        return call


def arguments(port: type, name: str) -> tuple[list[tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Make up an argument of length two for every parameter, recognisable by its name."""
    parameters = list(inspect.signature(public(port)[name]).parameters.values())[1:]
    by_name = {parameter.name: (parameter.name, "second") for parameter in parameters}
    named = {p.name: by_name[p.name] for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    return [value for key, value in by_name.items() if key not in named], named


def ticking() -> Callable[[], float]:
    """Return a clock that moves one second whenever it is read."""
    times = itertools.count()
    return lambda: float(next(times))


@pytest.mark.parametrize(("port", "wrapper", "name"), MEMBERS)
def test_every_public_member_of_a_port_is_wrapped_with_its_signature(port: type, wrapper: type, name: str) -> None:
    """Fails when a port gains a member and its wrapper does not."""
    assert name in public(wrapper)
    if (port, wrapper, name) in METHODS:
        assert inspect.signature(public(wrapper)[name]) == inspect.signature(public(port)[name])
    else:
        assert isinstance(public(wrapper)[name], property)


@pytest.mark.parametrize(("port", "wrapper", "name"), [case for case in METHODS if case[2] not in BLOCKS])
def test_every_method_is_forwarded_with_its_arguments(port: type, wrapper: type, name: str) -> None:
    """Fails when a wrapper drops, swaps or changes an argument or a result."""
    recorder = Recorder(["result"] if name != "states" else iter(["result"]))
    positional, named = arguments(port, name)
    result = getattr(wrapper(recorder, Meter()), name)(*positional, **named)
    assert recorder.calls == [(name, tuple(positional), named)]
    if inspect.signature(public(port)[name]).return_annotation is not None:
        assert list(result) == ["result"]


@pytest.mark.parametrize(("port", "wrapper", "name"), PROPERTIES)
def test_every_property_is_forwarded(port: type, wrapper: type, name: str) -> None:
    recorder = Recorder([])
    setattr(recorder, name, "the value")
    assert getattr(wrapper(recorder, Meter()), name) == "the value"


@pytest.mark.parametrize(("port", "wrapper", "name"), [case for case in METHODS if case[2] not in UNCOUNTED | BLOCKS])
def test_every_call_is_counted_also_one_that_fails(port: type, wrapper: type, name: str) -> None:
    """Fails when usage is recorded after the call instead of in any case."""
    meter = Meter()
    wrapped = wrapper(Recorder(OSError("broken")), meter, seconds=ticking())
    positional, named = arguments(port, name)
    with pytest.raises(OSError, match="broken"):
        getattr(wrapped, name)(*positional, **named)
    (usage,) = meter.total()
    assert (usage.port, usage.operation, usage.calls, usage.seconds) == (port.__name__.lower(), name, 1, 1.0)


def test_a_vector_made_beside_a_block_is_counted_until_it_is_there() -> None:
    """Fails when the whole block is counted, which waits for much else."""
    meter, seconds = Meter(), ticking()
    with MeteredEncoder(HashEncoder(), meter, seconds=seconds).encoding("one") as vector:
        assert vector() == vector() == HashEncoder().encode_query("one")
        seconds()
    assert meter.total() == (Usage("encoder", "encode_query", 1, 1, 1.0),)


def test_a_vector_nobody_asked_for_is_counted_too() -> None:
    """Fails when usage is recorded where the vector is asked for alone: it was made all the same."""
    meter = Meter()
    encoder = MeteredEncoder(HashEncoder(), meter, seconds=ticking())
    with pytest.raises(OSError, match="elsewhere"), encoder.encoding("one"):
        raise OSError("elsewhere")
    assert meter.total() == (Usage("encoder", "encode_query", 1, 1, 1.0),)


def test_items_are_texts_encoded() -> None:
    meter = Meter()
    encoder = MeteredEncoder(HashEncoder(), meter, seconds=ticking())
    encoder.encode_query("one")
    encoder.encode_passages(["one", "two", "three"])
    assert meter.total() == (
        Usage("encoder", "encode_passages", 1, 3, 5.0),  # a second more for each look whether there is another text
        Usage("encoder", "encode_query", 1, 1, 1.0),
    )


def test_the_time_that_texts_take_to_be_made_is_not_the_encoders() -> None:
    """Fails when the clock runs on while the next text is made: here every reading of the clock takes a second."""
    meter, seconds = Meter(), ticking()

    def texts() -> Iterator[str]:
        for text in ("one", "two"):
            seconds()
            yield text

    MeteredEncoder(HashEncoder(), meter, seconds=seconds).encode_passages(texts())
    # Between the two readings around the call there are those that begin and end each of three pauses.
    assert meter.total() == (Usage("encoder", "encode_passages", 1, 2, 4.0),)


def test_vectors_that_are_begun_are_one_call_and_their_wait_is_counted() -> None:
    """Fails when what happens between taking the texts and waiting for the vectors is the encoder's, too."""
    meter, seconds = Meter(), ticking()
    wait = MeteredEncoder(HashEncoder(), meter, seconds=seconds).begin_passages(["one", "two"], Event())
    seconds()
    assert wait() == HashEncoder().encode_passages(["one", "two"])
    assert meter.total() == (Usage("encoder", "encode_passages", 1, 2, 5.0),)


@pytest.mark.parametrize("operation", ["publish", "govern", "remove"])
def test_items_are_points_written(operation: str) -> None:
    meter = Meter()
    getattr(MeteredIndex(Recorder(None), meter, seconds=ticking()), operation)(["a", "b"])  # type: ignore[arg-type]
    assert meter.total() == (Usage("index", operation, 1, 2, 1.0),)


@pytest.mark.parametrize("operation", ["search_dense", "search_sparse"])
def test_items_are_points_found(operation: str) -> None:
    meter = Meter()
    positional, named = arguments(Index, operation)
    wrapped: Any = MeteredIndex(Recorder(["a", "b", "c"]), meter, seconds=ticking())  # type: ignore[arg-type]
    getattr(wrapped, operation)(*positional, **named)
    assert meter.total() == (Usage("index", operation, 1, 3, 1.0),)


def walk() -> Iterator[tuple[str, None]]:
    yield from (("a", None), ("b", None), ("c", None))


def test_a_walk_counts_its_points_and_not_the_time_of_its_consumer() -> None:
    """Fails when the clock runs on while the consumer works: here every reading of the clock takes a second."""
    meter, seconds = Meter(), ticking()
    for _ in MeteredIndex(Recorder(walk()), meter, seconds=seconds).states():  # type: ignore[arg-type]
        seconds()
    assert meter.total() == (Usage("index", "states", 1, 3, 5.0),)


def test_a_walk_that_is_given_up_is_counted_as_far_as_it_went() -> None:
    meter = Meter()
    states = MeteredIndex(Recorder(walk()), meter, seconds=ticking()).states()  # type: ignore[arg-type]
    next(states)
    states.close()  # type: ignore[attr-defined]
    assert meter.total() == (Usage("index", "states", 1, 1, 2.0),)
