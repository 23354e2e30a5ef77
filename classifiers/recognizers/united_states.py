"""Numbers of the United States: of people, of banks, of health care."""

from presidio_analyzer import Pattern, PatternRecognizer
from presidio_analyzer import predefined_recognizers as presidio

from classifiers.recognizers import phrases
from classifiers.recognizers.detector import NEEDS_CONTEXT, Detector, detector
from classifiers.recognizers.numbers import WEAK_ALONE, capitals, with_forms

# One or two letters and digits, or digits alone: what remains of the fifty formats when every two- to four-character
# code in a text is left out.
_STATE_LICENCE = (
    r"\b(?:[A-Z]\d{5,14}|[A-Z]{2}\d{5,7}[A-Z]?|\d{7,9}[A-Z]?|\d{8}[A-Z]{2}|\d{2}[A-Z]{3}\d{5,6}"
    r"|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d)\b"
)
# Internal Revenue Service: the prefixes of employer identification numbers that were ever assigned.
_EMPLOYER = r"\b(?:0[1-6]|1[0-6]|2[0-7]|[35]\d|4[0-8]|6[0-8]|7[1-7]|8[0-8]|9[0-589])-\d{7}\b"


def united_states() -> list[Detector]:
    """Return the recognizers for values of the United States."""
    return [*_people(), *_banks(), *_health_care(), *_health_administration()]


def _people() -> list[Detector]:
    return [
        detector(_social_security(), ["social security", "social security number", "ssn", "ssns"], digits=9),
        detector(
            presidio.UsItinRecognizer(),
            ["itin", "taxpayer identification", "taxpayer id"],
            alone=WEAK_ALONE,
            digits=9,
        ),
        detector(
            with_forms(
                presidio.UsPassportRecognizer,
                ("book number", r"\b\d{9}\b", 0.3),
                ("next generation book number", r"\b[A-Z]\d{8}\b", 0.4),
            ),
            phrases.PASSPORT,
            alone=NEEDS_CONTEXT,
            digits=8,
        ),
        detector(
            with_forms(presidio.UsLicenseRecognizer, ("licence number of a state", _STATE_LICENCE, 0.35)),
            [*phrases.LICENCE, "dl number", "dl no"],
            alone=NEEDS_CONTEXT,
            digits=5,
        ),
        detector(
            with_forms(presidio.UsProviderTaxIdRecognizer, ("employer identification number", _EMPLOYER, 0.35)),
            ["provider tax id", "provider tin", "billing provider", "rendering provider", "ein", "employer id",
             "employer identification number"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
    ]  # fmt: skip


def _banks() -> list[Detector]:
    return [
        detector(
            with_forms(presidio.UsBankRecognizer, ("account number", r"\b\d{8,17}\b", 0.3)),
            ["account number", "account no", "bank account", "checking account", "savings account", "acct"],
            alone=NEEDS_CONTEXT,
            digits=8,
        ),
        detector(
            presidio.AbaRoutingRecognizer(),
            ["aba", "routing", "routing number", "routing transit", "rtn"],
            alone=NEEDS_CONTEXT,
            digits=9,
        ),
    ]


def _health_care() -> list[Detector]:
    return [
        detector(presidio.UsMbiRecognizer(), ["medicare", "mbi", "beneficiary identifier"], digits=5),
        detector(
            with_forms(
                presidio.MedicalLicenseRecognizer, ("DEA certificate number", r"\b[A-HJ-MPRSTUX][A-Z9]\d{7}\b", 0.4)
            ),
            ["dea", "dea number", "medical license", "prescriber"],
            alone=WEAK_ALONE,
            digits=7,
            run=9,
        ),
        detector(
            presidio.UsNpiRecognizer(),
            ["npi", "national provider identifier", "provider identifier", "provider id"],
            alone=NEEDS_CONTEXT,
            digits=10,
        ),
    ]


def _health_administration() -> list[Detector]:
    """Return what insurers and pharmacies number as each likes: the phrase decides, the shape hardly says anything."""
    member = r"\b(?=[A-Z0-9-]{7,20}\b)(?=[A-Z-]*\d)[A-Z]{1,5}-?[A-Z0-9]{5,14}\b"
    return [
        detector(
            capitals(with_forms(presidio.UsHealthInsuranceMemberIdRecognizer, ("letters and digits", member, 0.3))),
            ["member id", "member number", "subscriber id", "subscriber number", "health plan id"],
            alone=NEEDS_CONTEXT,
            digits=1,
        ),
        _numbered(presidio.UsClaimNumberRecognizer, "CLM", ["claim number", "claim no", "claim id", "medical claim"]),
        _numbered(
            presidio.UsPriorAuthorizationNumberRecognizer,
            "PA",
            ["prior authorization", "prior auth", "preauthorization", "pre auth", "authorization number"],
        ),
        _numbered(
            presidio.UsPrescriptionNumberRecognizer,
            "RX",
            ["rx", "rx number", "prescription", "prescription number", "prescription no"],
        ),
        _numbered(
            presidio.UsReferralNumberRecognizer,
            "REF|INF",
            ["referral number", "referral no", "referral id", "infusion referral", "patient referral"],
        ),
    ]


def _numbered(kind: type[PatternRecognizer], prefixes: str, words: list[str]) -> Detector:
    pattern = rf"(?<![\w-])(?:(?:{prefixes})-?)?\d{{6,12}}(?![\w-])"
    return detector(with_forms(kind, ("number", pattern, 0.35)), words, alone=NEEDS_CONTEXT, digits=6)


def _social_security() -> PatternRecognizer:
    """Return Presidio's rules about impossible numbers, with a phrase required for anything but the written form."""
    return presidio.UsSsnRecognizer(
        patterns=[
            Pattern("grouped", r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.5),
            Pattern("digits", r"\b\d{9}\b", 0.3),
        ]
    )
