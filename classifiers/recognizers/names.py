"""Names of people and places, where a spaCy model that knows them is installed.

An installation without a network has none, and does without: names then count as what every employee may read.
"""

from importlib import metadata, util
from typing import Any

from presidio_analyzer import LocalRecognizer, RecognizerResult

from classifiers.recognizers.detector import Detector, detector

MODEL = "en_core_web_lg"
# Statistical models take every second capitalised word of a business text for a name: likely, never certain.
_SCORE = 0.6
_ENTITY_TYPES = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION"}


class NameRecognizer(LocalRecognizer):  # type: ignore[misc] # Presidio is untyped
    """Names that a spaCy pipeline finds. `version` is that of the model."""

    def __init__(self, pipeline: Any, version: str) -> None:
        super().__init__(sorted(set(_ENTITY_TYPES.values())), version=version)
        self._pipeline = pipeline

    def load(self) -> None:
        """Do nothing: the pipeline is loaded already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Return names. The memory zone keeps a long-lived process from growing with every new word."""
        with self._pipeline.memory_zone():
            return [
                RecognizerResult(_ENTITY_TYPES[entity.label_], entity.start_char, entity.end_char, _SCORE)
                for entity in self._pipeline(text).ents
                if entity.label_ in _ENTITY_TYPES
            ]


def names() -> list[Detector]:
    """Return the recognizer for names, or nothing when its model is not installed."""
    if util.find_spec(MODEL) is None:
        return []
    import spacy

    pipeline = spacy.load(MODEL, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    return [detector(NameRecognizer(pipeline, metadata.version(MODEL)), [])]
