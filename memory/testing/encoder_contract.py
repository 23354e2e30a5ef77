"""What every encoder promises: subclass `EncoderContract` in a test module and give it an `encoder` fixture."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import numpy as np
import numpy.typing as npt
import pytest

from memory.domain.ports.encoder import Encoder, Vector

TEXTS = (
    "Parental leave lasts sixteen weeks.",
    "How long does parental leave last?",
    "The database is backed up every night.",
    "Straße, naïve café, 東京, Ελλάδα, 👩‍👩‍👧",
    "",
    " \n\t ",
    "...",
    "x" * 5_000,
    "a lone surrogate \ud800 and a zero \x00",
    "Invoices are paid within thirty days of receipt. " * 60,
)


def as_array(vector: Vector) -> npt.NDArray[np.float32]:
    """Return the numbers of a vector."""
    return np.frombuffer(vector, dtype="<f4")


def _beside(encoder: Encoder, text: str) -> Vector:
    with encoder.encoding(text) as vector:
        return vector()


class EncoderContract:
    """The promises of the `Encoder` port."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        """Return the implementation under test."""
        raise NotImplementedError("give the subclass an `encoder` fixture")

    def test_the_model_is_named(self, encoder: Encoder) -> None:
        """Vectors are kept under the model; an empty name would let two models mix."""
        assert encoder.model.name
        assert encoder.model.revision
        assert encoder.model == encoder.model

    @pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
    def test_a_vector_is_normalised_float32_of_the_models_dimension(self, encoder: Encoder, text: str) -> None:
        """Any text has a vector, also an empty or a broken one."""
        for vector in (encoder.encode_query(text), *encoder.encode_passages([text])):
            assert len(vector) == 4 * encoder.model.dimension
            assert np.linalg.norm(as_array(vector)) == pytest.approx(1, abs=1e-5)

    @pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
    def test_a_vector_made_beside_a_block_is_that_of_the_query(self, encoder: Encoder, text: str) -> None:
        """Asked for twice it is the same; another one under way does not touch it."""
        with encoder.encoding(text) as first, encoder.encoding(TEXTS[0]) as second:
            assert second() == encoder.encode_query(TEXTS[0])
            assert first() == first() == encoder.encode_query(text)

    def test_vectors_nobody_asks_for_cost_the_next_ones_nothing(self, encoder: Encoder) -> None:
        """Fails when what computes a vector is given back only by asking for it, or not after an error."""
        for _ in range(64):
            with pytest.raises(LookupError), encoder.encoding(TEXTS[0]):
                raise LookupError
        assert encoder.encode_query(TEXTS[0])

    def test_passages_keep_their_order(self, encoder: Encoder) -> None:
        """One vector per text, where the text stood."""
        forward, backward = encoder.encode_passages(TEXTS), encoder.encode_passages(TEXTS[::-1])
        assert forward == backward[::-1]
        assert encoder.encode_passages([]) == []

    def test_the_company_of_a_passage_does_not_change_a_bit_of_its_vector(self, encoder: Encoder) -> None:
        """Fails when a batch is padded to its longest text."""
        together = encoder.encode_passages(TEXTS)
        assert together == [encoder.encode_passages([text])[0] for text in TEXTS]

    def test_passages_may_be_made_while_others_are_encoded(self, encoder: Encoder) -> None:
        """Texts are taken in order, each once, and what making them raises reaches the caller and nobody else."""
        assert encoder.encode_passages(iter(TEXTS)) == encoder.encode_passages(TEXTS)

        def broken() -> Iterator[str]:
            yield from TEXTS
            raise LookupError("no more")

        with pytest.raises(LookupError, match="no more"):
            encoder.encode_passages(broken())
        assert encoder.encode_passages(iter(TEXTS)) == encoder.encode_passages(TEXTS)

    def test_vectors_that_are_begun_are_those_of_passages(self, encoder: Encoder) -> None:
        """Waiting twice gives them twice; what making the texts raises is raised where they are taken."""
        waits = [encoder.begin_passages(iter(texts), Event()) for texts in (TEXTS, TEXTS[::-1], ())]
        assert [wait() for wait in waits] == [encoder.encode_passages(TEXTS), encoder.encode_passages(TEXTS[::-1]), []]
        assert waits[0]() == waits[0]()
        with pytest.raises(ZeroDivisionError):
            encoder.begin_passages((str(1 / number) for number in (1, 0)), Event())

    def test_sixteen_threads_give_the_bytes_of_one(self, encoder: Encoder) -> None:
        """Fails when threads share what one inference works on."""
        alone = [encoder.encode_query(text) for text in TEXTS]
        with ThreadPoolExecutor(16) as threads:
            queries = list(threads.map(encoder.encode_query, TEXTS * 8))
            passages = list(threads.map(encoder.encode_passages, [TEXTS] * 4))
            beside = list(threads.map(partial(_beside, encoder), TEXTS * 8))
        assert queries == beside == alone * 8
        assert passages == [encoder.encode_passages(TEXTS)] * 4

    def test_a_text_is_nearer_to_one_on_its_subject_than_to_another(self, encoder: Encoder) -> None:
        """The least that similarity means."""
        query = as_array(encoder.encode_query(TEXTS[1]))
        same, other = (as_array(vector) for vector in encoder.encode_passages([TEXTS[0], TEXTS[2]]))
        assert query @ same > query @ other

    def test_a_text_is_read_up_to_the_window_and_no_further(self, encoder: Encoder) -> None:
        """`Model.window` and `count_tokens` use one unit, so that a chunk of exactly `window` tokens is read whole."""
        words = [("left", "right")[number % 2] for number in range(encoder.model.window)]
        full = " ".join(words)
        assert encoder.count_tokens(full) == encoder.model.window
        assert encoder.encode_query(full) == encoder.encode_query(f"{full} beyond")
        assert encoder.encode_query(" ".join([*words[:-1], "within"])) != encoder.encode_query(full)

    def test_tokens_are_counted_without_special_tokens_and_without_truncation(self, encoder: Encoder) -> None:
        """The chunker adds counts up; a truncated count would make one chunk of a book."""
        assert encoder.count_tokens("") == 0
        assert encoder.count_tokens("left right left") == 3
        assert encoder.count_tokens("left " * 10 * encoder.model.window) == 10 * encoder.model.window
