"""Made-up sensitive values, to follow through the whole product.

Each is valid (checksums included), belongs to nobody on purpose, and stands in a sentence in which the classifier
finds exactly it. The same seed gives the same value, so a test can plant one and search every file for it afterwards.
"""

import base64
import hashlib
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from memory.domain.documents import Span

Random = random.Random

# Found only where a model that knows names is installed.
NEEDS_MODEL = frozenset({"PERSON", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Canary:
    """A value and a sentence that holds it once, at `span`."""

    entity_type: str
    value: str
    text: str
    span: Span


def canary(entity_type: str, seed: int) -> Canary:
    """Return the canary of this type and seed. Raises `KeyError` for a type without canaries, see `CANARY_TYPES`."""
    value_of, sentence = _CANARIES[entity_type]
    value = value_of(Random(f"{entity_type} {seed}"))
    before, _, after = sentence.partition("{}")
    return Canary(entity_type, value, before + value + after, Span(len(before), len(before) + len(value)))


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _letters(rng: Random, count: int, alphabet: str = string.ascii_uppercase) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _grouped(value: str, size: int = 4) -> str:
    return " ".join(value[start : start + size] for start in range(0, len(value), size))


def _weighted(digits: str, weights: list[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _cross_sums(digits: str, weights: list[int]) -> int:
    return sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, weights, strict=True))


def _letter_ordinal(letter: str) -> str:
    return f"{ord(letter) - ord('A') + 1:02}"


def _card(rng: Random) -> str:
    body = "4" + _digits(rng, 14)
    return _grouped(body + str(-_cross_sums(body, [2, 1] * 7 + [2]) % 10))


def _iban(rng: Random) -> str:
    account = _digits(rng, 18)
    return _grouped(f"DE{98 - int(account + '131400') % 97:02}{account}")


def _bitcoin(rng: Random) -> str:
    """Base58Check of a version byte and a 160-bit hash."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    payload = b"\x00" + rng.randbytes(20)
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, encoded = int.from_bytes(payload, "big"), ""
    while number:
        number, position = divmod(number, 58)
        encoded = alphabet[position] + encoded
    return "1" * (len(payload) - len(payload.lstrip(b"\x00"))) + encoded


def _routing(rng: Random) -> str:
    body = rng.choice("0123") + _digits(rng, 7)
    return body + str(-_weighted(body, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)


def _dea(rng: Random) -> str:
    body = _digits(rng, 6)
    return f"B{_letters(rng, 1)}{body}{_weighted(body, [1, 2, 1, 2, 1, 2]) % 10}"


def _medicare(rng: Random) -> str:
    """Digits and letters in fixed places, without the letters that look like digits."""
    alphabets = {"1": "123456789", "N": string.digits, "A": "ACDEFGHJKMNPQRTUVWXY", "-": "-"}
    return "".join(rng.choice(alphabets[place]) for place in "1AAN-AAN-AANN")


def _nhs(rng: Random) -> str:
    while True:
        body = _digits(rng, 9)
        check = -_weighted(body, list(range(10, 1, -1))) % 11
        if check < 10:
            return f"{body[:3]} {body[3:6]} {body[6:]}{check}"


def _insurance(rng: Random) -> str:
    number = f"{rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)}"
    return f"{rng.choice(['AB', 'CE', 'HJ', 'LW', 'PR'])} {number} {rng.choice('ABCD')}"


def _driving(rng: Random) -> str:
    born = f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    return f"{_letters(rng, 5)}{_digits(rng, 1)}{born}{_digits(rng, 1)}{_letters(rng, 2)}9{_letters(rng, 2)}"


def _german_tax(rng: Random) -> str:
    """ISO 7064 Mod 11, 10; no digit more than three times."""
    body = "".join(rng.sample("123456789", 9)) + rng.choice("123456789")
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return body + str((11 - product) % 10)


def _german_pension(rng: Random) -> str:
    born = f"{rng.randint(1, 28):02}{rng.randint(1, 12):02}{_digits(rng, 2)}"
    area, letter, serial = rng.randint(10, 89), _letters(rng, 1), _digits(rng, 2)
    check = _cross_sums(f"{area}{born}{_letter_ordinal(letter)}{serial}", [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10
    return f"{area}{born}{letter}{serial}{check}"


def _german_patient(rng: Random) -> str:
    letter, body = _letters(rng, 1), _digits(rng, 8)
    return f"{letter}{body}{_cross_sums(_letter_ordinal(letter) + body, [1, 2] * 5) % 10}"


def _travel_document(first: str) -> Callable[[Random], str]:
    """ICAO Doc 9303: weights 7, 3, 1, letters count from A = 10."""

    def value(rng: Random) -> str:
        body = first + _letters(rng, 7, "CFGHJKLMNPRTVWXYZ0123456789")
        check = sum(int(character, 36) * weight for character, weight in zip(body, [7, 3, 1] * 3, strict=False)) % 10
        return f"{body}{check}"

    return value


def _token(rng: Random) -> str:
    parts = (base64.urlsafe_b64encode(rng.randbytes(30)).decode() for _ in range(2))
    claims = base64.urlsafe_b64encode(b'{"sub":"' + _digits(rng, 12).encode() + b'"}').decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{claims}.{''.join(parts)}"


def _private_key(rng: Random) -> str:
    body = base64.b64encode(rng.randbytes(240)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----"


_FIRST = ["Martha", "Henrik", "Amara", "Julian", "Sofia", "Gareth", "Ingrid", "Rafael"]
_LAST = ["Lindqvist", "Okafor", "Whitmore", "Castellanos", "Petersen", "Hargreaves"]
_PLACES = ["Manchester", "Stuttgart", "Philadelphia", "Edinburgh", "Hamburg", "Chicago"]

_CANARIES: dict[str, tuple[Callable[[Random], str], str]] = {
    "PERSON": (lambda rng: f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", "The contract was signed by {} last week."),
    "LOCATION": (lambda rng: rng.choice(_PLACES), "She moved to {} last year."),
    "EMAIL_ADDRESS": (lambda rng: f"{_letters(rng, 9, string.ascii_lowercase)}@mail.example", "Write to {} today."),
    "PHONE_NUMBER": (lambda rng: f"+44 20 7946 0{_digits(rng, 3)}", "The telephone of the desk is {} until six."),
    "CREDIT_CARD": (_card, "Please charge the credit card {} tomorrow."),
    "IBAN_CODE": (_iban, "Transfer the rent to IBAN {} on Monday."),
    "CRYPTO": (_bitcoin, "The bitcoin wallet is {} since May."),
    "IP_ADDRESS": (
        lambda rng: f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
        "Host {} is up.",
    ),
    "MAC_ADDRESS": (lambda rng: "02:" + rng.randbytes(5).hex(":"), "The MAC address {} was seen twice."),
    "US_SSN": (
        lambda rng: f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
        "Her social security number is {} on file.",
    ),
    "US_ITIN": (lambda rng: f"9{_digits(rng, 2)}-{rng.randint(70, 88)}-{_digits(rng, 4)}", "The ITIN {} was issued."),
    "US_BANK_NUMBER": (lambda rng: "7" + _digits(rng, 11), "Pay into bank account number {} please."),
    "ABA_ROUTING_NUMBER": (_routing, "The routing number {} belongs to the branch."),
    "US_PASSPORT": (lambda rng: "A" + _digits(rng, 8), "Her US passport number {} expires soon."),
    "US_DRIVER_LICENSE": (lambda rng: "D" + _digits(rng, 7), "His driver's license {} was renewed."),
    "US_MBI": (_medicare, "The Medicare card shows {} in print."),
    "MEDICAL_LICENSE": (_dea, "The prescriber's DEA number is {} on the form."),
    "UK_NHS": (_nhs, "The NHS number of the patient is {} here."),
    "UK_NINO": (_insurance, "Her National Insurance number is {} on the slip."),
    "UK_PASSPORT": (lambda rng: "AB" + _digits(rng, 7), "The British passport {} was checked."),
    "UK_DRIVING_LICENCE": (_driving, "The driving licence {} was scanned."),
    "DE_TAX_ID": (_german_tax, "Die Steuer-ID lautet {} laut Bescheid."),
    "DE_TAX_NUMBER": (
        lambda rng: f"1{_digits(rng, 2)}/{_digits(rng, 3)}/{_digits(rng, 5)}",
        "Steuernummer {} angeben.",
    ),
    "DE_SOCIAL_SECURITY": (_german_pension, "Die Sozialversicherungsnummer {} liegt vor."),
    "DE_HEALTH_INSURANCE": (_german_patient, "Die Versichertennummer {} steht auf der Karte."),
    "DE_PASSPORT": (_travel_document("C"), "Der Reisepass {} ist gültig."),
    "DE_ID_CARD": (_travel_document("L"), "Der Personalausweis {} ist gültig."),
    "DE_FUEHRERSCHEIN": (lambda rng: f"MU{_digits(rng, 8)}{_letters(rng, 1)}", "Der Führerschein {} wurde geprüft."),
    "DIAGNOSIS_CODE": (lambda rng: f"E{rng.randint(10, 14)}.{_digits(rng, 1)}", "Coded as ICD-10 {} at discharge."),
    "API_KEY": (
        lambda rng: "AKIA" + _letters(rng, 16, "ABCDEFGHJKMNPQRSTVWXYZ234567"),
        "The build uses {} for uploads.",
    ),
    "ACCESS_TOKEN": (_token, "The header was {} in the log."),
    "PRIVATE_KEY": (_private_key, "Keep this to yourself:\n{}\nThanks."),
    "PASSWORD": (
        lambda rng: _letters(rng, 8, string.ascii_letters) + _digits(rng, 4),
        "The password: {} until Friday.",
    ),
}

CANARY_TYPES = frozenset(_CANARIES)
