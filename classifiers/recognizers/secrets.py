r"""Keys, tokens and passwords: what opens a system to whoever reads it.

Most carry a prefix that their issuer documents; the others need the word that names them in front (`password=`).
`\\K` drops what stands before it from the match, so that the name stays readable and the value does not.
"""

from presidio_analyzer import Pattern, PatternRecognizer

from classifiers.recognizers.detector import AS_WRITTEN, Detector, MarkedPattern, detector
from classifiers.recognizers.vendors import VENDORS, VendorKey

_ASSIGNED = r"""["']?\s{0,4}(?::=|=>|[:=])\s{0,4}["']?"""
# A placeholder (`<password>`, `${TOKEN}`, `****`) is no secret.
_REAL = r"(?![<$%{*])"
_BOUNDED = r"(?<![A-Za-z0-9_-])"
_CALLED = r"(?i:password|passwd|pwd|passphrase|passwort|kennwort|mot[ _]de[ _]passe|contraseña|senha|wachtwoord|hasło)"

_NAMED_KEYS = {
    "AWS secret access key": rf"(?i:aws_?secret_?access_?key|secret_?access_?key){_ASSIGNED}"
    r"\K[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
    "Azure account key": r"(?i:accountkey|sharedaccesskey)\s?=\s?\K[A-Za-z0-9/+]{42,86}={1,2}",
    "Azure shared access signature": r"[?&;]sig=\K[A-Za-z0-9%/+]{40,100}(?:=|%3[Dd])",
    "assigned key": r"(?i:api[_-]?key|client[_-]?secret|secret[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)"
    rf"{_ASSIGNED}\K{_REAL}(?=[\w.+/=~-]{{0,255}}\d)[\w.+/=~-]{{16,256}}",
}
_ACCESS_TOKENS = {
    "JSON web token": _BOUNDED + r"eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}",
    "bearer token": r"(?i:\bbearer)\s{1,4}\K(?=[\w.~+/-]{0,255}\d)[\w.~+/-]{20,4000}={0,2}",
    "Google OAuth token": _BOUNDED + r"ya29\.[\w-]{30,2000}",
}
_PRIVATE_KEYS = {
    "PEM": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,8000}?"
    r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    "PEM without an end": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s{0,4}[A-Za-z0-9+/=]{24,100}){0,120}",
    # A key inside JSON or a variable has its line ends written out.
    "PEM on one line": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----(?:\\n[A-Za-z0-9+/=]{1,100}){1,120}\\n-----END"
    r" (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----",
    "age": r"(?<![A-Z0-9])AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}",
    "PuTTY": r"Private-Lines: \d{1,3}\s{1,2}\K(?:[A-Za-z0-9+/=]{1,64}\s{1,2}){1,99}",
}
_PASSWORDS = {
    "assigned with =": rf"{_CALLED}[\"']?\s{{0,4}}=\s{{0,4}}[\"']?\K{_REAL}[^\s\"',;]{{4,128}}",
    "named": rf"{_CALLED}[\"']?\s{{0,4}}:\s{{0,4}}[\"']?"
    rf"\K{_REAL}(?=[^\s\"',;]{{0,127}}[\d!@#$%^&*])[^\s\"',;]{{4,128}}",
    "told": rf"{_CALLED} (?i:is|ist|est|es|è|é)(?: now| jetzt)?:? [\"'«„]?"
    rf"\K{_REAL}(?=[^\s\"',;»“]{{0,127}}\d)[^\s\"',;»“]{{5,127}}[^\s\"',;.!?»“]",
    "on a command line": rf"--{_CALLED} [\"']?\K{_REAL}(?!-)[^\s\"']{{4,128}}",
    "in a URL": rf"\b[a-z][a-z0-9+.-]{{1,20}}://[^\s/:@]{{0,64}}:\K{_REAL}[^\s/@]{{3,128}}(?=@)",
    "basic authentication": r"(?i:\bauthorization: basic )\K[A-Za-z0-9+/]{8,400}={0,2}",
}

# What stands in every match, for patterns that do not take any case of it.
_MARKS = {
    "Azure shared access signature": ("sig=",),
    "JSON web token": ("eyJ",),
    "Google OAuth token": ("ya29.",),
    "PEM": ("-----BEGIN ",),
    "PEM without an end": ("-----BEGIN ",),
    "PEM on one line": ("-----BEGIN ",),
    "age": ("AGE-SECRET-KEY-1",),
    "PuTTY": ("Private-Lines: ",),
    "on a command line": ("--",),
    "in a URL": ("://",),
}


def secrets() -> list[Detector]:
    """Return the recognizers for keys, tokens and passwords."""
    return [
        _secret("API_KEY", [*map(_issued, VENDORS), *_patterns(_NAMED_KEYS)]),
        _secret("ACCESS_TOKEN", _patterns(_ACCESS_TOKENS)),
        _secret("PRIVATE_KEY", _patterns(_PRIVATE_KEYS)),
        _secret("PASSWORD", _patterns(_PASSWORDS)),
    ]


def _secret(entity_type: str, patterns: list[Pattern]) -> Detector:
    """Return one recognizer; its score lies above an e-mail address's, which a password in a URL runs into."""
    recognizer = PatternRecognizer(
        entity_type,
        name=f"{entity_type.title().replace('_', '')}Recognizer",
        patterns=patterns,
        global_regex_flags=AS_WRITTEN,
    )
    return detector(recognizer, [])


def _patterns(named: dict[str, str]) -> list[Pattern]:
    return [MarkedPattern(name, pattern, _SCORE, _MARKS.get(name, ())) for name, pattern in named.items()]


def _issued(key: VendorKey) -> MarkedPattern:
    return MarkedPattern(key.name, key.pattern, _SCORE, key.marks)


_SCORE = 0.95
