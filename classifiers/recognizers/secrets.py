r"""Keys, tokens and passwords: what opens a system to whoever reads it.

Most carry a prefix that their issuer documents; the others need the word that names them in front (`password=`).
`\\K` drops what stands before it from the match, so that the name stays readable and the value does not.
"""

from presidio_analyzer import Pattern, PatternRecognizer

from classifiers.recognizers.detector import AS_WRITTEN, Detector, detector

_ASSIGNED = r"""["']?\s{0,4}(?::=|=>|[:=])\s{0,4}["']?"""
# A placeholder (`<password>`, `${TOKEN}`, `****`) is no secret.
_REAL = r"(?![<$%{*])"
_BOUNDED = r"(?<![A-Za-z0-9_-])"

_API_KEYS = {
    "AWS access key id": _BOUNDED + r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])",
    "AWS secret access key": rf"(?i:aws_?secret_?access_?key|secret_?access_?key){_ASSIGNED}"
    r"\K[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
    "GitHub token": _BOUNDED + r"(?:gh[oprsu]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})",
    "GitLab token": _BOUNDED + r"glpat-[\w-]{20,64}",
    "Slack token": _BOUNDED + r"xox[abeoprs]-[A-Za-z0-9-]{10,255}",
    "Slack webhook": r"https://hooks\.slack\.com/\K(?:services|workflows)/[A-Za-z0-9/_-]{20,255}",
    "Google API key": _BOUNDED + r"AIza[\w-]{35}(?![\w-])",
    "Stripe key": _BOUNDED + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}",
    "sk- key": _BOUNDED + r"sk-(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[A-Z])[\w-]{20,255}",
    "assigned key": r"(?i:api[_-]?key|client[_-]?secret|secret[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)"
    rf"{_ASSIGNED}\K{_REAL}(?=[\w.+/=~-]{{0,255}}\d)[\w.+/=~-]{{16,256}}",
}
_ACCESS_TOKENS = {
    "JSON web token": _BOUNDED + r"eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}",
    "bearer token": r"(?i:\bbearer)\s{1,4}\K(?=[\w.~+/-]{0,255}\d)[\w.~+/-]{20,4000}={0,2}",
}
_PRIVATE_KEYS = {
    "PEM": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,8000}?"
    r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    "PEM without an end": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s{0,4}[A-Za-z0-9+/=]{24,100}){0,120}",
}
_PASSWORDS = {
    "assigned with =": r"(?i:password|passwd|pwd|passphrase|passwort|kennwort)[\"']?\s{0,4}=\s{0,4}[\"']?"
    rf"\K{_REAL}[^\s\"',;]{{4,128}}",
    "named": r"(?i:password|passwd|pwd|passphrase|passwort|kennwort)[\"']?\s{0,4}:\s{0,4}[\"']?"
    rf"\K{_REAL}(?=[^\s\"',;]{{0,127}}[\d!@#$%^&*])[^\s\"',;]{{4,128}}",
    "in a URL": rf"\b[a-z][a-z0-9+.-]{{1,20}}://[^\s/:@]{{1,64}}:\K{_REAL}[^\s/@]{{3,128}}(?=@)",
}


def secrets() -> list[Detector]:
    """Return the recognizers for keys, tokens and passwords."""
    return [
        _secret("API_KEY", _API_KEYS),
        _secret("ACCESS_TOKEN", _ACCESS_TOKENS),
        _secret("PRIVATE_KEY", _PRIVATE_KEYS),
        _secret("PASSWORD", _PASSWORDS),
    ]


def _secret(entity_type: str, patterns: dict[str, str]) -> Detector:
    """Return one recognizer; its score lies above an e-mail address's, which a password in a URL runs into."""
    recognizer = PatternRecognizer(
        entity_type,
        name=f"{entity_type.title().replace('_', '')}Recognizer",
        patterns=[Pattern(name, pattern, 0.95) for name, pattern in patterns.items()],
        global_regex_flags=AS_WRITTEN,
    )
    return detector(recognizer, [])
