"""Second readings of rules that python-stdnum does not know: their issuers' words, put otherwise than in the product.

Each takes a number as it is written.
"""

import re
from itertools import cycle

from stdnum import luhn
from stdnum.de import handelsregisternummer

from benchmarks.numbers.kinds import Judge


def form(pattern: str) -> Judge:
    """Return the judge of a number that is nothing but a form."""
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def dea(value: str) -> bool:
    """Drug Enforcement Administration: the first, third and fifth digit, and twice the second, fourth and sixth."""
    a, b, c, d, e, f, check = map(int, value[2:])
    known = value[0] in "ABCDEFGHJKLMPRSTUX" and (value[1].isalpha() or value[1] == "9")
    return known and (a + c + e + 2 * (b + d + f)) % 10 == check


def npi(value: str) -> bool:
    """Centers for Medicare & Medicaid Services: Luhn, with the prefix of the health industry in the United States."""
    return luhn.is_valid("80840" + value)


def icao(value: str) -> bool:
    """ICAO Doc 9303, part 3, 4.9: products with 7, 3 and 1 in turn; the last digit of their sum is the check digit."""
    *body, check = _values(value)
    return (sum(map(int.__mul__, body, cycle((7, 3, 1)))) - check) % 10 == 0


def german_serial(value: str) -> bool:
    """Passverordnung, Anlage 11: an authority's number, which begins with a letter, and five more characters."""
    return value[0].isalpha()


def german_card_before_2010(value: str) -> bool:
    """Doc 9303 as well: nine digits, their check digit, and D for the holder's state."""
    return icao(value.removesuffix("D"))


def pension(value: str) -> bool:
    """VKVV § 4, by tables of the last digits of the cross sums that 1, 2, 5 and 7 times a digit have."""
    tables = {"1": "0123456789", "2": "0246813579", "5": "0516273849", "7": "0753086319"}
    bare = value.replace(" ", "")
    day, month = int(bare[2:4]), int(bare[4:6])
    if not (1 <= month <= 12 and (1 <= day <= 31 or 51 <= day <= 81)):
        return False
    digits = f"{bare[:8]}{_rank(bare[8])}{bare[9:11]}"
    sums = (int(tables[factor][int(one)]) for one, factor in zip(digits, "212571212121", strict=True))
    return sum(sums) % 10 == int(bare[11])


def patient(value: str) -> bool:
    """SGB V § 290, Anlage 1: Luhn's sum of the letter's rank and eight digits, whose last digit is the check itself."""
    return luhn.checksum(f"{_rank(value[0])}{value[1:9]}0") == int(value[9])


def doctor(value: str) -> bool:
    """KBV, Arztnummern-Richtlinie: four times one digit, nine times the next; the seventh fills up to a ten."""
    a, b, c, d, e, f, check = map(int, value[:7])
    return (4 * (a + c + e) - (b + d + f) + check) % 10 == 0


def register_of_berlin(value: str) -> bool:
    """Let python-stdnum read a register number, to which it wants a court and a space."""
    return handelsregisternummer.is_valid(f"Berlin {value[:3]} {value[3:]}")


def polish_card(value: str) -> bool:
    """Polish identity cards: weights over all nine characters, 9 for the check digit, the sum ends in 0."""
    bare = value.replace(" ", "")
    return sum(one * weight for one, weight in zip(_values(bare), (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True)) % 10 == 0


def nric(value: str) -> bool:
    """Singapore: the letters in the order of remainders; those of G and T stand four places on, those of M three."""
    series = {
        "S": "JZIHGFEDCBA",
        "T": "GFEDCBAJZIH",
        "F": "XWUTRQPNMLK",
        "G": "RQPNMLKXWUT",
        "M": "TRQPNJLKXWU",
    }
    total = sum(int(digit) * weight for digit, weight in zip(value[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    return series[value[0]][total % 11] == value[8]


def medicare(value: str) -> bool:
    """Services Australia: the ninth digit is the weighted sum of the first eight, modulo 10."""
    digits = [int(digit) for digit in value if digit.isdigit()]
    a, b, c, d, e, f, g, h, check = digits[:9]
    return 2 <= a <= 6 and (a + 3 * b + 7 * c + 9 * d + e + 3 * f + 7 * g + 9 * h - check) % 10 == 0


def _values(value: str) -> list[int]:
    """Return digits as they are, letters from A = 10."""
    return [ord(one) - (48 if one.isdigit() else 55) for one in value]


def _rank(letter: str) -> str:
    """Return the place of a letter in the alphabet, from 01."""
    return f"{ord(letter) - 64:02}"
