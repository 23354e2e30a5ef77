"""Values without a country: cards, accounts, addresses of people and machines."""

import string
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from presidio_analyzer import LocalRecognizer, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    PhoneRecognizer,
)

from classifiers.recognizers.checksums import base58check
from classifiers.recognizers.detector import (
    ANY_CASE,
    NEEDS_CONTEXT,
    Detector,
    RecognizerTimedOutError,
    compiled,
    detector,
    finditer,
)
from classifiers.recognizers.numbers import NumberRecognizer

# Numbers with a leading + are read for any country; these are the countries whose national forms are known.
PHONE_REGIONS = ("US", "GB", "DE")
_PHONE_TIMEOUT_S = 20.0


class OfflineEmailRecognizer(EmailRecognizer):  # type: ignore[misc] # Presidio is untyped
    """E-mail addresses, internal domains included.

    Presidio's own asks `tldextract`, which fetches the public suffix list from the web and writes a cache, drops
    internal domains (`.local`) and whole addresses glued to the next sentence, and is quadratic in long runs.
    """

    # RFC 5321: a local part has at most 64 characters, a label 63.
    _PATTERN = r"\w[\w.%+'=~-]{0,63}@\w{1,63}(?:-+\w{1,63}){0,8}(?:\.\w{1,63}(?:-+\w{1,63}){0,8}){1,8}"

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern("e-mail address", self._PATTERN, 0.9)])

    def validate_result(self, pattern_text: str) -> None:
        """Leave the score as it is: there is no checksum."""

    def invalidate_result(self, pattern_text: str) -> bool:
        """Refuse what does not end like a domain, such as `actions/checkout@v4.1.2`."""
        last = pattern_text.rpartition(".")[2]
        return not (last.isalpha() and len(last) > 1) and not last.lower().startswith("xn--")


class MixedCaseIbanRecognizer(IbanRecognizer):  # type: ignore[misc] # Presidio is untyped
    """IBANs in any case, several on a line.

    Presidio's own reads capitals only, swallows time-outs, and loses an IBAN that another follows after a space.
    """

    _PATTERN = r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?=((?:[ -]?[A-Z0-9]){11,30}))"

    def __init__(self) -> None:
        super().__init__(
            patterns=[Pattern("IBAN", self._PATTERN, 0.5)],
            regex_flags=ANY_CASE,
            exact_match=True,
        )
        self._compiled = compiled(self._PATTERN, ANY_CASE)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None, regex_flags: int | None = None
    ) -> list[RecognizerResult]:
        """Return valid IBANs: for each beginning the longest range that its country and its check digits allow."""
        candidates = ((match.start(), self._valid_end(text, match)) for match in finditer(self._compiled, text))
        return [self._result(start, end) for start, end in candidates if end is not None]

    def _valid_end(self, text: str, match: Any) -> int | None:
        ends = range(match.end(1), match.end(), -1)
        whole = (end for end in ends if not text[end : end + 1].isalnum())
        return next((end for end in whole if self.validate_result(text[match.start() : end].upper())), None)

    def _result(self, start: int, end: int) -> RecognizerResult:
        explained = self.build_regex_explanation(self.name, "IBAN", "", 1.0, validation_result=True, regex_flags=0)
        return RecognizerResult(self.supported_entities[0], start, end, 1.0, explained)


class CandidatePhoneRecognizer(LocalRecognizer):  # type: ignore[misc] # Presidio is untyped
    """Phone numbers, looked for only where enough digits stand together.

    Presidio's own walks the whole text once per region in Python, which is slower than all other recognizers together.
    Here it sees one run of digits at a time, and for one region alone a run that is a number with its country written.
    A run may begin on the line before («C++11»): whatever is more than such a number is read for every region.
    """

    _RUN = compiled(r"[+(]{0,2}\d(?:[\s().\-/~]{0,4}\d){6,}")
    # Confidence intervals («0.750-0.757») and measurements fit the national plans of several countries.
    _DECIMAL = compiled(r"(?<!\d)\d\.\d")
    _MEASURE = compiled(r"\d+\.\d+")
    # Of a run's surroundings, Presidio looks at the character before, and for an extension behind.
    _BEFORE, _AFTER = 2, 24
    _LONGEST = 15  # digits of one number, by ITU-T E.164

    def __init__(self) -> None:
        super().__init__(["PHONE_NUMBER"])
        self._national = PhoneRecognizer(supported_regions=PHONE_REGIONS)
        self._international = PhoneRecognizer(supported_regions=PHONE_REGIONS[:1])

    def load(self) -> None:
        """Do nothing: the number plans are loaded already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Return what Presidio finds in runs of digits. Raises `RecognizerTimedOutError`."""
        deadline = time.monotonic() + _PHONE_TIMEOUT_S
        results: list[RecognizerResult] = []
        for run in finditer(self._RUN, text):
            if time.monotonic() > deadline:
                raise RecognizerTimedOutError
            if not self._MEASURE.fullmatch(run.group()):
                results += self._in_run(text, run)
        return results

    def _in_run(self, text: str, run: Any) -> list[RecognizerResult]:
        value = run.group()
        one_number = value.startswith("+") and sum(map(str.isdigit, value)) <= self._LONGEST
        found = list(self._read(self._international, text, run)) if one_number else []
        if any(result.start == run.start() and result.end >= run.end() for result in found):
            return found
        return [*found, *self._read(self._national, text, run)]

    def _read(self, reader: PhoneRecognizer, text: str, run: Any) -> Iterator[RecognizerResult]:
        offset = max(0, run.start() - self._BEFORE)
        surroundings = text[offset : run.end() + self._AFTER]
        for result in reader.analyze(surroundings, self.supported_entities):
            result.start, result.end = result.start + offset, result.end + offset
            starts_here = run.start() <= result.start < run.end()
            if starts_here and not self._DECIMAL.search(text, result.start, result.end):
                yield result


class WalletRecognizer(NumberRecognizer):
    """Addresses of other chains than Bitcoin's.

    Those of a version byte and a hash carry a checksum. Ethereum's is in the case of its letters (EIP-55) and needs a
    hash that the standard library lacks; the form alone is rare enough.
    """

    def __init__(self) -> None:
        super().__init__("CRYPTO", self._FORMS, score=0.6)

    # Dogecoin D, Litecoin L and M, Ripple r, Tron T; bech32 of Litecoin and Cardano; CryptoNote of Monero.
    _HASHED = r"(?<![A-Za-z0-9])[DLMrT][1-9A-HJ-NP-Za-km-z]{24,34}(?![A-Za-z0-9])"
    _FORMS: ClassVar[dict[str, str]] = {
        "Ethereum": r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])",
        "version and hash": _HASHED,
        "bech32": r"(?<![A-Za-z0-9])(?:ltc1|addr1)[02-9ac-hj-np-z]{38,98}(?![A-Za-z0-9])",
        "CryptoNote": r"(?<![A-Za-z0-9])[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?![A-Za-z0-9])",
    }

    def validate_result(self, pattern_text: str) -> bool | None:
        """Check the checksum where there is one."""
        return base58check(pattern_text) if pattern_text[0] in "DLMrT" else None


def international() -> list[Detector]:
    """Return the recognizers that every installation uses."""
    return [
        detector(CreditCardRecognizer(), _CARD_WORDS, digits=12),
        detector(_other_cards(), _CARD_WORDS, alone=NEEDS_CONTEXT, digits=12, most=0.95),
        detector(MixedCaseIbanRecognizer(), ["iban"], digits=2),
        detector(OfflineEmailRecognizer(), [], shape="@"),
        detector(CandidatePhoneRecognizer(), _PHONE_WORDS, digits=7),
        detector(_named_phones(), _PHONE_WORDS, alone=NEEDS_CONTEXT, digits=7),
        detector(IpRecognizer(), ["ip", "ipv4", "ipv6", "host", "server"], shape=_ADDRESS),
        detector(MacAddressRecognizer(), ["mac", "ethernet", "hardware address"]),
        detector(_crypto(), _WALLET_WORDS, digits=1, run=26),
        detector(WalletRecognizer(), _WALLET_WORDS, run=25),
    ]


# Numbers parted by a full stop, or two colons with at most one group between them.
_ADDRESS = r"[0-9]\.[0-9]|:[0-9A-Fa-f]{0,4}:"
_CARD_WORDS = ["card", "cc", "visa", "mastercard", "maestro", "amex", "kreditkarte"]
_PHONE_WORDS = [
    "phone", "phone number", "telephone", "tel", "mobile", "cell", "cellphone", "call me", "fax", "hotline", "whatsapp",
    "telefon", "telefonnummer", "handy", "mobil", "handynummer", "rufnummer", "téléphone", "portable", "teléfono",
    "móvil", "telefono", "cellulare", "telefoon", "celular", "telefone", "komórka",
]  # fmt: skip
_WALLET_WORDS = ["wallet", "btc", "bitcoin", "eth", "ethereum", "crypto", "litecoin", "dogecoin", "monero", "xrp"]


def _other_cards() -> CreditCardRecognizer:
    """Return Presidio's checksum on card numbers of every length and issuer (ISO/IEC 7812: 12 to 19 digits)."""
    pattern = Pattern("card number of any issuer", r"(?<![\d-])\d(?:[ -]?\d){11,18}(?![\d-])", 0.3)
    return CreditCardRecognizer(patterns=[pattern], name="AnyCardRecognizer")


def _named_phones() -> PatternRecognizer:
    """Return a recognizer for numbers of countries whose plan is not read: digits that the text calls a phone."""
    date = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d))(?![.\d])"
    pattern = rf"(?<![\w+])(?!{date})[+(]{{0,2}}\d(?:[ ().\-]{{0,3}}\d){{6,14}}(?:\s?(?:x|ext\.?)\s?\d{{1,6}})?(?!\w)"
    return PatternRecognizer("PHONE_NUMBER", name="NamedPhoneRecognizer", patterns=[Pattern("digits", pattern, 0.3)])


def _crypto() -> CryptoRecognizer:
    """Return Presidio's recognizer with word boundaries: its pattern matches inside every base64 blob."""
    alphabet = string.ascii_letters + string.digits
    pattern = rf"(?<![{alphabet}])(?:bc1|[13])[a-zA-HJ-NP-Z0-9]{{25,59}}(?![{alphabet}])"
    return CryptoRecognizer(patterns=[Pattern("bitcoin address", pattern, 0.5)])
