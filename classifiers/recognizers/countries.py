"""Numbers that a state, a bank or an insurer of one country gives a person: United States, United Kingdom, Germany.

Presidio's patterns for many of these are bare runs of digits, and its context words are everyday ones («us»,
«document», «check»). Here such a number needs a phrase that names it, and a weak checksum alone makes a value
possible, not certain.
"""

from presidio_analyzer import Pattern, PatternRecognizer
from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers.detector import AS_WRITTEN, NEEDS_CONTEXT, Detector, detector

# What a checksum is worth that one number in ten passes by chance, or a shape that other numbers share.
WEAK_ALONE = 0.4

_LICENCE_WORDS = ["driver's license", "drivers license", "driver license", "driver's licence", "driving licence"]
_PASSPORT_WORDS = ["passport", "passport number", "passport no", "reisepass", "reisepassnummer", "passnummer"]


def united_states() -> list[Detector]:
    """Return the recognizers for values of the United States."""
    return [
        detector(_social_security(), ["social security", "social security number", "ssn", "ssns"]),
        detector(presidio.UsItinRecognizer(), ["itin", "taxpayer identification", "taxpayer id"], alone=WEAK_ALONE),
        detector(
            _with(presidio.UsBankRecognizer, ("account number", r"\b\d{8,17}\b", 0.3)),
            ["account number", "account no", "bank account", "checking account", "savings account", "acct"],
            alone=NEEDS_CONTEXT,
        ),
        detector(
            presidio.AbaRoutingRecognizer(),
            ["aba", "routing", "routing number", "routing transit", "rtn"],
            alone=NEEDS_CONTEXT,
        ),
        detector(
            _with(
                presidio.UsPassportRecognizer,
                ("book number", r"\b\d{9}\b", 0.3),
                ("next generation book number", r"\b[A-Z]\d{8}\b", 0.4),
            ),
            _PASSPORT_WORDS,
            alone=NEEDS_CONTEXT,
        ),
        detector(
            _with(presidio.UsLicenseRecognizer, ("licence number of a state", _STATE_LICENCE, 0.35)),
            [*_LICENCE_WORDS, "dl number", "dl no"],
            alone=NEEDS_CONTEXT,
        ),
        detector(presidio.UsMbiRecognizer(), ["medicare", "mbi", "beneficiary identifier"]),
        detector(
            _with(presidio.MedicalLicenseRecognizer, ("DEA certificate number", r"\b[A-HJ-MPRSTUX][A-Z9]\d{7}\b", 0.4)),
            ["dea", "dea number", "medical license", "prescriber"],
            alone=WEAK_ALONE,
        ),
    ]


def united_kingdom() -> list[Detector]:
    """Return the recognizers for values of the United Kingdom."""
    return [
        detector(presidio.NhsRecognizer(), ["nhs", "national health service"], alone=WEAK_ALONE),
        detector(presidio.UkNinoRecognizer(), ["national insurance", "ni number", "nino"]),
        detector(
            _with(presidio.UkPassportRecognizer, ("passport number", r"\b[A-Z]{2}\d{7}\b", 0.35)),
            _PASSPORT_WORDS,
            alone=NEEDS_CONTEXT,
        ),
        detector(
            _with(presidio.UkPassportRecognizer, ("passport number, digits", r"\b\d{9}\b", 0.35)),
            ["british passport", "uk passport", "hmpo", "hm passport office"],
            alone=NEEDS_CONTEXT,
        ),
        detector(presidio.UkDrivingLicenceRecognizer(), [*_LICENCE_WORDS, "dvla"]),
    ]


def germany() -> list[Detector]:
    """Return the recognizers for values of Germany."""
    return [
        detector(
            presidio.DeTaxIdRecognizer(),
            ["steuer-id", "steuerid", "steuer-idnr", "steueridentifikationsnummer", "idnr", "tax id", "tin"],
            alone=WEAK_ALONE,
        ),
        detector(
            presidio.DeTaxNumberRecognizer(),
            ["steuernummer", "steuer-nr", "st-nr", "finanzamt", "tax number"],
            alone=NEEDS_CONTEXT,
        ),
        detector(
            presidio.DeSocialSecurityRecognizer(),
            ["sozialversicherungsnummer", "rentenversicherungsnummer", "sv-nummer", "rvnr", "social insurance"],
        ),
        detector(
            _capitals(presidio.DeHealthInsuranceRecognizer()),
            ["krankenversicherungsnummer", "versichertennummer", "kvnr", "krankenkasse", "health insurance number"],
            alone=WEAK_ALONE,
        ),
        detector(_capitals(presidio.DePassportRecognizer()), _PASSPORT_WORDS, alone=WEAK_ALONE),
        detector(
            _capitals(presidio.DeIdCardRecognizer()),
            ["personalausweis", "personalausweisnummer", "ausweisnummer", "identity card", "id card"],
            alone=WEAK_ALONE,
        ),
        detector(
            _capitals(presidio.DeFuehrerscheinRecognizer()),
            ["führerschein", "führerscheinnummer", "fahrerlaubnis", "driving licence", "driver's license"],
            alone=NEEDS_CONTEXT,
        ),
    ]


# One or two letters and digits, or digits alone: what remains of the fifty formats when every two- to four-character
# code in a text is left out.
_STATE_LICENCE = (
    r"\b(?:[A-Z]\d{5,14}|[A-Z]{2}\d{5,7}[A-Z]?|\d{7,9}[A-Z]?|\d{8}[A-Z]{2}|\d{2}[A-Z]{3}\d{5,6}"
    r"|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d)\b"
)


def _social_security() -> PatternRecognizer:
    """Return Presidio's rules about impossible numbers, with a phrase required for anything but the written form."""
    return presidio.UsSsnRecognizer(
        patterns=[
            Pattern("grouped", r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.5),
            Pattern("digits", r"\b\d{9}\b", 0.3),
        ]
    )


def _with(kind: type[PatternRecognizer], *patterns: tuple[str, str, float]) -> PatternRecognizer:
    return kind(patterns=[Pattern(*pattern) for pattern in patterns])


def _capitals(recognizer: PatternRecognizer) -> PatternRecognizer:
    """Return a recognizer that reads capitals only; Presidio ignores case, and «standard1» looks like a number."""
    recognizer.global_regex_flags = AS_WRITTEN
    return recognizer
