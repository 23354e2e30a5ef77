"""Diagnosis codes (ICD-10), where a text says that it means them.

A code such as `E11.9` alone is also a section number or a part; words for illnesses are left to labels.
"""

from presidio_analyzer import Pattern, PatternRecognizer

from classifiers.recognizers.detector import AS_WRITTEN, NEEDS_CONTEXT, Detector, detector

_ICD_10 = r"\b[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?\b"
_WORDS = ["icd", "icd-10", "icd10", "icd-10-cm", "icd-10-gm", "diagnosis code", "dx code", "diagnoseschlüssel"]


def health() -> list[Detector]:
    """Return the recognizer for diagnosis codes."""
    recognizer = PatternRecognizer(
        "DIAGNOSIS_CODE",
        name="Icd10Recognizer",
        patterns=[Pattern("ICD-10", _ICD_10, 0.4)],
        global_regex_flags=AS_WRITTEN,
    )
    return [detector(recognizer, _WORDS, alone=NEEDS_CONTEXT)]
