"""Check digits, as functions of a written value: True when it passes.

Every function takes the value without separators, in capitals, and of the right length: the pattern of its recognizer
has seen to that.
"""

import hashlib
from collections.abc import Sequence

_VERHOEFF_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_TURN = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
_BASE58 = {
    "Bitcoin": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "Ripple": "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz",
}


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of digits times weights."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right counts twice, its digits added."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in value[-2::-2])
    return (sum(map(int, value[-1::-2])) + sum(doubled)) % 10 == 0


def cross_sums(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits of digits times weights; every product has at most two."""
    return sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, weights, strict=True))


def mod_11_10(value: str) -> bool:
    """ISO/IEC 7064, hybrid system MOD 11, 10: the last digit brings the running product to 1."""
    product = 10
    for digit in value[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (product + int(value[-1])) % 10 == 1


def travel_document(value: str) -> bool:
    """ICAO Doc 9303, part 3: weights 7, 3, 1 again and again, letters count from A = 10, modulo 10."""
    total = sum(int(character, 36) * (7, 3, 1)[place % 3] for place, character in enumerate(value[:-1]))
    return total % 10 == int(value[-1])


def verhoeff(value: str) -> bool:
    """Verhoeff 1969: products in the dihedral group of order ten, digits turned by their position."""
    product = 0
    for position, digit in enumerate(reversed(value)):
        product = int(_VERHOEFF_PRODUCT[product][int(_VERHOEFF_TURN[position % 8][int(digit)])])
    return product == 0


def base58check(value: str) -> bool:
    """A version byte and a 160-bit hash with four bytes of double SHA-256, in either alphabet in use."""
    return any(_base58check(value, alphabet) for alphabet in _BASE58.values())


def _base58check(value: str, alphabet: str) -> bool:
    if not set(value) <= set(alphabet):
        return False
    number = 0
    for character in value:
        number = number * 58 + alphabet.index(character)
    if number >= 1 << 200:
        return False
    payload, check = divmod(number, 1 << 32)
    hashed = hashlib.sha256(hashlib.sha256(payload.to_bytes(21, "big")).digest()).digest()
    return hashed[:4] == check.to_bytes(4, "big")
