"""Numbers of people and companies in India, Singapore and Australia."""

from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers import phrases
from classifiers.recognizers.checksums import luhn, verhoeff, weighted
from classifiers.recognizers.detector import NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, NumberRecognizer, capitals, named, with_forms

# What is added to the weighted sum by the first letter, and the letters that the remainder names.
_SINGAPORE = {
    "S": (0, "JZIHGFEDCBA"),
    "T": (4, "JZIHGFEDCBA"),
    "F": (0, "XWUTRQPNMLK"),
    "G": (4, "XWUTRQPNMLK"),
    "M": (3, "XWUTRQPNJLK"),
}


def aadhaar(value: str) -> bool:
    """UIDAI, UID numbering scheme: twelve digits that pass Verhoeff, never the same read backwards."""
    return value != value[::-1] and verhoeff(value)


def gstin(value: str) -> bool:
    """Goods and Services Tax Network: base 36, factors 1 and 2, both digits of each product added, modulo 36."""
    products = (int(one, 36) * factor for one, factor in zip(value[:14], [1, 2] * 7, strict=True))
    return -sum(sum(divmod(product, 36)) for product in products) % 36 == int(value[14], 36)


def nric(value: str) -> bool:
    """Immigration and Checkpoints Authority: weights 2 7 6 5 4 3 2, an offset by series, a letter by modulo 11."""
    offset, letters = _SINGAPORE[value[0]]
    return letters[(offset + weighted(value[1:8], [2, 7, 6, 5, 4, 3, 2])) % 11] == value[8]


def tax_file(value: str) -> bool | None:
    """Australian Taxation Office: a multiple of 11.

    Of older numbers, which have eight digits, it says nothing: those that pass with the first eight weights are
    confirmed, the others are not refused.
    """
    passes = bool(int(value)) and weighted(value, [1, 4, 3, 7, 5, 8, 6, 9, 10][: len(value)]) % 11 == 0
    return passes if len(value) == 9 else passes or None


def voter(value: str) -> bool | None:
    """Election Commission of India, handbook for registration officers: a serial of six digits and a check digit.

    The handbook does not say which: Luhn's, which python-stdnum and public examples have, confirms and never refuses.
    Numbers of before, whose parts are the state, its districts and a serial, have none.
    """
    return (luhn(value[3:]) or None) if value[2:3].isalpha() else None


def asia_pacific() -> list[Detector]:
    """Return the recognizers for values of India, Singapore and Australia."""
    return [*_india(), *_indian_documents(), *_singapore(), *_australia()]


def _india() -> list[Detector]:
    # The fourth letter is the kind of holder: a person, a company, a trust, …
    account = r"[A-Z]{3}[ABCFGHJKLPT][A-Z]\d{4}[A-Z]"
    return [
        named(
            "IN_AADHAAR",
            {"Aadhaar": r"(?<![\w-])[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![\w-])"},
            aadhaar,
            ["aadhaar", "aadhar", "aadhaar number", "uidai", "uid number"],
            digits=12,
        ),
        detector(
            NumberRecognizer("IN_PAN", {"PAN": rf"\b{account}\b"}, score=0.5),
            ["pan", "permanent account number", "pan card", "income tax"],
            digits=4,
        ),
        detector(
            NumberRecognizer(
                "IN_GSTIN", {"GSTIN": r"\b(?:0[1-9]|[1-3]\d|97|99)" + account + r"[1-9A-Z]Z[\dA-Z]\b"}, gstin
            ),
            ["gstin", "gst", "gst number", "goods and services tax"],
            alone=WEAK_ALONE,
            digits=6,
        ),
    ]


def _indian_documents() -> list[Detector]:
    state = r"\b[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}\b"
    return [
        named(
            "IN_PASSPORT",
            {"passport number": r"\b[A-Z]\d{2} ?\d{5}\b"},
            None,
            [*phrases.PASSPORT, "indian passport"],
            digits=7,
        ),
        named(
            "IN_VOTER",
            {"EPIC": r"\b[A-Z]{3}\d{7}\b", "before": r"(?<![\w/])[A-Z]{2}/\d{2,3}/\d{2,3}/\d{6,7}(?![\w/])"},
            voter,
            ["voter", "voter id", "epic no", "epic number", "elector photo identity card"],
            digits=7,
        ),
        named(
            "IN_VEHICLE_REGISTRATION",
            {"state": state, "Bharat": r"\b\d{2}[ -]?BH[ -]?\d{4}[ -]?[A-HJ-NP-Z]{1,2}\b"},
            None,
            [*phrases.PLATE, "vehicle number", "vehicle no", "rto"],
            digits=5,
        ),
    ]


def _singapore() -> list[Detector]:
    return [
        detector(
            NumberRecognizer("SG_NRIC_FIN", {"NRIC or FIN": r"\b[STFGM]\d{7}[A-Z]\b"}, nric),
            ["nric", "fin number", "fin no", "nric no", "identity card"],
            alone=WEAK_ALONE,
            digits=7,
        ),
        detector(
            capitals(presidio.SgUenRecognizer()),
            ["uen", "unique entity number", "acra", "business registration"],
            alone=NEEDS_CONTEXT,
            digits=6,
        ),
    ]


def _australia() -> list[Detector]:
    nine = ("in groups or in one", r"(?<![\w-])\d{3} ?\d{3} ?\d{3}(?![\w-])", 0.3)
    return [
        named(
            "AU_TFN",
            {"eight or nine digits": r"(?<![\w-])\d{3}([ .-]?)\d{3}\1\d{2,3}(?![\w-])"},
            tax_file,
            ["tax file number", "tfn"],
            digits=8,
        ),
        detector(
            with_forms(presidio.AuAcnRecognizer, nine),
            ["australian company number", "acn"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
        detector(
            with_forms(presidio.AuAbnRecognizer, ("in groups or in one", r"\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b", 0.3)),
            ["australian business number", "abn"],
            alone=NEEDS_CONTEXT,
            digits=11,
        ),
        detector(
            with_forms(presidio.AuMedicareRecognizer, ("in groups or in one", r"\b[2-6]\d{3} ?\d{5} ?\d\b", 0.3)),
            ["medicare", "medicare number", "medicare card"],
            alone=NEEDS_CONTEXT,
            digits=10,
        ),
    ]
