"""Made-up values, check digits included, one function per kind. The same generator state gives the same value."""

import base64
import hashlib
import random
import string
from collections.abc import Callable

Random = random.Random


def some_digits(rng: Random, count: int) -> str:
    """Return this many digits."""
    return "".join(rng.choices(string.digits, k=count))


def some_letters(rng: Random, count: int, alphabet: str = string.ascii_uppercase) -> str:
    """Return this many characters of an alphabet."""
    return "".join(rng.choices(alphabet, k=count))


def _grouped(value: str, size: int = 4) -> str:
    return " ".join(value[start : start + size] for start in range(0, len(value), size))


def _weighted(digits: str, weights: list[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _cross_sums(digits: str, weights: list[int]) -> int:
    return sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, weights, strict=True))


def _letter_ordinal(letter: str) -> str:
    return f"{ord(letter) - ord('A') + 1:02}"


def card(rng: Random) -> str:
    """Visa: Luhn, in groups of four."""
    body = "4" + some_digits(rng, 14)
    return _grouped(body + str(-_cross_sums(body, [2, 1] * 7 + [2]) % 10))


def iban(rng: Random) -> str:
    """Germany: ISO 7064 Mod 97, 10 over the account and the country, in groups of four."""
    account = some_digits(rng, 18)
    return _grouped(f"DE{98 - int(account + '131400') % 97:02}{account}")


def bitcoin(rng: Random) -> str:
    """Base58Check of a version byte and a 160-bit hash."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    payload = b"\x00" + rng.randbytes(20)
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, encoded = int.from_bytes(payload, "big"), ""
    while number:
        number, position = divmod(number, 58)
        encoded = alphabet[position] + encoded
    return "1" * (len(payload) - len(payload.lstrip(b"\x00"))) + encoded


def routing(rng: Random) -> str:
    """American Bankers Association: weights 3, 7, 1."""
    body = rng.choice("0123") + some_digits(rng, 7)
    return body + str(-_weighted(body, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)


def dea(rng: Random) -> str:
    """Two letters; the last digit is the weighted sum of the first six."""
    body = some_digits(rng, 6)
    return f"B{some_letters(rng, 1)}{body}{_weighted(body, [1, 2, 1, 2, 1, 2]) % 10}"


def medicare(rng: Random) -> str:
    """Digits and letters in fixed places, without the letters that look like digits."""
    alphabets = {"1": "123456789", "N": string.digits, "A": "ACDEFGHJKMNPQRTUVWXY", "-": "-"}
    return "".join(rng.choice(alphabets[place]) for place in "1AAN-AAN-AANN")


def nhs(rng: Random) -> str:
    """Weights 10 to 2, modulo 11."""
    while True:
        body = some_digits(rng, 9)
        check = -_weighted(body, list(range(10, 1, -1))) % 11
        if check < 10:
            return f"{body[:3]} {body[3:6]} {body[6:]}{check}"


def insurance(rng: Random) -> str:
    """British National Insurance: letters that are in use, six digits, a letter."""
    number = f"{rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)}"
    return f"{rng.choice(['AB', 'CE', 'HJ', 'LW', 'PR'])} {number} {rng.choice('ABCD')}"


def driving(rng: Random) -> str:
    """British driving licence: surname, birth, initials."""
    born = f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    surname, decade, year = some_letters(rng, 5), some_digits(rng, 1), some_digits(rng, 1)
    return f"{surname}{decade}{born}{year}{some_letters(rng, 2)}9{some_letters(rng, 2)}"


def german_tax(rng: Random) -> str:
    """ISO 7064 Mod 11, 10; one digit stands twice."""
    body = "".join(rng.sample("123456789", 9)) + rng.choice("123456789")
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return body + str((11 - product) % 10)


def german_pension(rng: Random) -> str:
    """Birth and initial inside; cross sums of weighted digits."""
    born = f"{rng.randint(1, 28):02}{rng.randint(1, 12):02}{some_digits(rng, 2)}"
    area, letter, serial = rng.randint(10, 89), some_letters(rng, 1), some_digits(rng, 2)
    check = _cross_sums(f"{area}{born}{_letter_ordinal(letter)}{serial}", [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10
    return f"{area}{born}{letter}{serial}{check}"


def german_patient(rng: Random) -> str:
    """A letter and eight digits; cross sums of weighted digits."""
    letter, body = some_letters(rng, 1), some_digits(rng, 8)
    return f"{letter}{body}{_cross_sums(_letter_ordinal(letter) + body, [1, 2] * 5) % 10}"


def german_serial(first: str) -> Callable[[Random], str]:
    """The nine characters of a German document; machines read a check digit behind them, which is no part of it."""
    return lambda rng: first + some_letters(rng, 8, "CFGHJKLMNPRTVWXYZ0123456789")


def german_licence(rng: Random) -> str:
    """The authority, a serial, a check by weights 9 to 1, and which copy it is."""
    body = (
        f"{some_letters(rng, 1, 'ABCDEFGHIJKLMNOP')}{some_digits(rng, 3)}{some_letters(rng, 5, '0123456789RSTUVWXYZ')}"
    )
    check = sum(int(one, 36) * (9 - place) for place, one in enumerate(body)) % 11
    return f"{body}{'X' if check == 10 else check}{rng.randint(1, 9)}"


def token(rng: Random) -> str:
    """A signed JSON web token."""
    parts = (base64.urlsafe_b64encode(rng.randbytes(30)).decode() for _ in range(2))
    claims = base64.urlsafe_b64encode(b'{"sub":"' + some_digits(rng, 12).encode() + b'"}').decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{claims}.{''.join(parts)}"


def private_key(rng: Random) -> str:
    """PKCS #8 in PEM, random inside."""
    body = base64.b64encode(rng.randbytes(240)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----"


def npi(rng: Random) -> str:
    """The national prefix 80840 counts in the checksum, and is not written."""
    body = "1" + some_digits(rng, 8)
    return body + str(-_cross_sums("80840" + body, [1, 2] * 7) % 10)


def member(rng: Random) -> str:
    """An insurer's number of a member."""
    return f"{some_letters(rng, 3)}{some_digits(rng, 9)}"


def postcode(rng: Random) -> str:
    """Outward and inward code of Royal Mail."""
    return f"{some_letters(rng, 1, 'BEGLMNS')}{rng.randint(1, 9)} {rng.randint(1, 9)}{some_letters(rng, 2, 'ABDEFGHJ')}"


def british_tax(rng: Random) -> str:
    """The first digit is two less the weighted sum modulo 11, and nine more where that is no digit from 1 on."""
    body = some_digits(rng, 9)
    first = 2 - _weighted(body, [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11
    return f"{first if first > 0 else first + 9}{body}"


def british_plate(rng: Random) -> str:
    """Current style: area, age, three letters."""
    return f"{some_letters(rng, 2, 'ABCDEFGH')}{rng.randint(51, 74)} {some_letters(rng, 3, 'ABCDEFGH')}"


def german_vat(rng: Random) -> str:
    """DE and nine digits, ISO 7064 Mod 11, 10."""
    body, product = rng.choice("123456789") + some_digits(rng, 7), 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return f"DE{body}{(11 - product) % 10}"


def doctor(rng: Random) -> str:
    """German doctors: weights 4 and 9, then two digits of the specialty."""
    body = some_digits(rng, 6)
    return f"{body}{-_weighted(body, [4, 9, 4, 9, 4, 9]) % 10}{rng.randint(10, 69)}"


def french(rng: Random) -> str:
    """INSEE: the key is 97 less the number modulo 97."""
    body = f"{rng.choice('12')}{rng.randint(40, 99)}{rng.randint(1, 12):02}{rng.randint(10, 95)}{some_digits(rng, 6)}"
    return f"{body}{97 - int(body) % 97:02}"


def french_tax(rng: Random) -> str:
    """The first ten digits modulo 511 are the last three."""
    body = rng.choice("0123") + some_digits(rng, 9)
    return f"{body}{int(body) % 511:03}"


def spanish(first: str) -> Callable[[Random], str]:
    """The number modulo 23 names the letter."""

    def value(rng: Random) -> str:
        digits = some_digits(rng, 7)
        letter = "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits if first == "X" else first + digits) % 23]
        return f"{first}{digits}{letter}"

    return value


def italian(rng: Random) -> str:
    """Consonants, birth, place, and a letter by two tables."""
    body = f"{some_letters(rng, 6, 'BCDFGLMNPRST')}{rng.randint(40, 99)}{rng.choice('ABCDEHLMPRST')}"
    body += f"{rng.randint(10, 28)}{rng.choice('ABCDEFGHI')}{rng.randint(100, 999)}"
    odd = "BAFHJNPRTVBAFHJNPRTVCESULDGIMOQKWZYX"  # the values of odd places as letters, A = 0 … Z = 25
    total = sum(ord(odd[int(one, 36)]) - ord("A") for one in body[::2])
    total += sum(int(one) if one.isdigit() else ord(one) - ord("A") for one in body[1::2])
    return body + chr(ord("A") + total % 26)


def luhn(length: int, first: str) -> Callable[[Random], str]:
    """Digits of which every second from the right counts twice."""

    def value(rng: Random) -> str:
        body = rng.choice(first) + some_digits(rng, length - 2)
        weights = [2 - position % 2 for position in range(len(body))][::-1]
        return body + str(-_cross_sums(body, weights) % 10)

    return value


def italian_business(rng: Random) -> str:
    """Seven digits, the office of a province, and Luhn's digit."""
    body = f"{rng.choice('123456789')}{some_digits(rng, 6)}{rng.randint(1, 100):03}"
    return body + str(-_cross_sums(body, [1, 2] * 5) % 10)


def polish(rng: Random) -> str:
    """Birth, order, and a check with weights 1, 3, 7, 9."""
    body = f"{rng.randint(40, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{some_digits(rng, 4)}"
    return body + str(-_weighted(body, [1, 3, 7, 9] * 2 + [1, 3]) % 10)


def polish_tax(rng: Random) -> str:
    """Modulo 11; a remainder of ten is never given."""
    while True:
        body = rng.choice("123456789") + some_digits(rng, 8)
        check = _weighted(body, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11
        if check < 10:
            return f"{body[:3]}-{body[3:6]}-{body[6:8]}-{body[8]}{check}"


def polish_business(rng: Random) -> str:
    """Modulo 11, ten written as 0."""
    body = rng.choice("123456789") + some_digits(rng, 7)
    return f"{body}{_weighted(body, [8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10}"


def polish_card(rng: Random) -> str:
    """Three letters, a check digit over all others, five digits."""
    letters, serial = some_letters(rng, 3), some_digits(rng, 5)
    check = sum(int(one, 36) * weight for one, weight in zip(letters + serial, [7, 3, 1] * 3, strict=False)) % 10
    return f"{letters}{check}{serial}"


def dutch_business(rng: Random) -> str:
    """The number of its holder, then the number of the business."""
    return f"NL{dutch(rng)}B{rng.randint(1, 99):02}"


def dutch(rng: Random) -> str:
    """Elfproef: weights 9 to 2, the check digit counts -1."""
    while True:
        body = rng.choice("123456789") + some_digits(rng, 7)
        check = _weighted(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
        if check < 10:
            return f"{body}{check}"


def brazilian(length: int, longest: int) -> Callable[[Random], str]:
    """Two check digits modulo 11, weights rising from 2 on the right and starting again after `longest`."""

    def value(rng: Random) -> str:
        body = rng.choice("123456789") + some_digits(rng, length - 3)
        for _ in range(2):
            weights = [2 + place % (longest - 1) for place in range(len(body))][::-1]
            body += str((-_weighted(body, weights) % 11) % 10)
        return body

    return value


def punctuated(value: Callable[[Random], str], form: str) -> Callable[[Random], str]:
    """Write the characters of a value into the places marked # of a form."""

    def written(rng: Random) -> str:
        characters = iter(value(rng))
        return "".join(next(characters) if place == "#" else place for place in form)

    return written


def indian(rng: Random) -> str:
    """Verhoeff: the last digit is the one that brings the product in the dihedral group back to the identity."""
    body = rng.choice("23456789") + some_digits(rng, 10)
    return next(body + check for check in string.digits if _dihedral(body + check) == 0)


def _dihedral(digits: str) -> int:
    """Multiply turned digits in the group of the pentagon's rotations (0 to 4) and reflections (5 to 9)."""
    product, turn = 0, [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    for position, character in enumerate(reversed(digits)):
        digit = int(character)
        for _ in range(position):
            digit = turn[digit]
        product = _compose(product, digit)
    return product


def _compose(one: int, other: int) -> int:
    if one < 5:
        return (one + other) % 5 + 5 * (other >= 5)
    return (one - other) % 5 + 5 * (other < 5)


def voter(rng: Random) -> str:
    """Letters of the constituency, a serial, and Luhn's digit over it."""
    return some_letters(rng, 3) + luhn(7, string.digits)(rng)


def permanent_account(rng: Random) -> str:
    """India: five letters of which the fourth says a person, four digits, a letter."""
    return f"{some_letters(rng, 3)}P{some_letters(rng, 1)}{some_digits(rng, 4)}{some_letters(rng, 1)}"


def goods_and_services(rng: Random) -> str:
    """India: a state, an account number, and a check in base 36."""
    body = f"{rng.randint(10, 37)}{permanent_account(rng)}1Z"
    total = sum(sum(divmod(int(one, 36) * (1 + place % 2), 36)) for place, one in enumerate(body))
    return body + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[-total % 36]


def singaporean(rng: Random) -> str:
    """Series S: a letter by the weighted sum modulo 11."""
    body = some_digits(rng, 7)
    return f"S{body}{'JZIHGFEDCBA'[_weighted(body, [2, 7, 6, 5, 4, 3, 2]) % 11]}"


def singaporean_business(rng: Random) -> str:
    """Eight digits and a letter by the weighted sum modulo 11."""
    body = rng.choice("45") + some_digits(rng, 7)
    return body + "XMKECAWLJDB"[_weighted(body, [10, 4, 9, 3, 8, 2, 7, 1]) % 11]


def australian_tax(rng: Random) -> str:
    """The weighted sum of all nine digits is a multiple of 11."""
    while True:
        body = rng.choice("123456789") + some_digits(rng, 7)
        check = _weighted(body, [1, 4, 3, 7, 5, 8, 6, 9]) % 11
        if check < 10:
            return f"{body}{check}"


def australian_business(rng: Random) -> str:
    """Eleven digits; with 1 less in the first, the weighted sum is a multiple of 89."""
    body = some_digits(rng, 9)
    head = 89 - _weighted("00" + body, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89
    return f"{head + 10}{body}"


def australian_company(rng: Random) -> str:
    """The last digit brings the weighted sum to a multiple of 10."""
    body = some_digits(rng, 8)
    return body + str(-_weighted(body, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)


def australian_patient(rng: Random) -> str:
    """The ninth digit is the weighted sum of eight, modulo 10; then the line on the card."""
    body = rng.choice("23456") + some_digits(rng, 7)
    return f"{body}{_weighted(body, [1, 3, 7, 9] * 2) % 10}{rng.randint(1, 9)}"
