"""What unstructured asks of a language model, answered without one.

unstructured decides between a title, a narrative and a list item by counting words, sentences and verbs. For that it
loads a spaCy model, and downloads it when it is not there. This is a stand-in for that loader: the same interface,
from regular expressions and a few dozen English verb forms.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'’”)\]]*\s+")
_VERB = re.compile(
    r"(?:am|is|are|was|were|be|been|being|has|have|had|do|does|did|can|could|may|might|must|shall|should|will|would"
    r"|need|needs|make|makes|made|take|takes|give|gives|go|goes|get|gets|use|uses|see|sees|know|let|set|put|say|says"
    r"|ist|sind|war|hat|haben|wird|werden|kann|muss|soll|\w{3,}(?:ed|ing|ize|izes|ify|ifies))",
    re.IGNORECASE,
)
_BLOCKED = ("torch", "transformers", "tensorflow", "cupy")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str

    @property
    def tag_(self) -> str:
        """The part of speech in Penn Treebank tags; only verbs are told apart."""
        return "VB" if _VERB.fullmatch(self.text) else "NN"


@dataclass(frozen=True, slots=True)
class _Doc:
    text: str

    def __iter__(self) -> Iterator[_Token]:
        return map(_Token, _WORD.findall(self.text))

    @property
    def sents(self) -> Iterator["_Doc"]:
        """The sentences, as documents."""
        return (_Doc(part) for part in _SENTENCE_END.split(self.text) if part.strip())


class _Pipeline:
    """Called with a text like a spaCy pipeline."""

    max_length = sys.maxsize

    def __call__(self, text: str) -> _Doc:
        return _Doc(text)


def install() -> None:
    """Make unstructured use this pipeline. Call it before anything else imports unstructured."""
    for name in _BLOCKED:  # spaCy imports them when it finds them: four seconds and 200 MB for nothing used here
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import unstructured.nlp.tokenize

    pipeline = _Pipeline()
    unstructured.nlp.tokenize._get_nlp = lambda: pipeline  # noqa: SLF001 - the loader has no other door
