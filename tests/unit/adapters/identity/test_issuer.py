import base64
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from memory.adapters.identity.issuer import CLOCK_SKEW_S, KEY_FILE, TokenIssuer, TokenVerifier, create_keys
from memory.domain.errors import Conflict, InvalidRequest, Misconfigured, NotAuthenticated
from memory.domain.identity import EVERYONE, Caller, PrincipalToken, Role

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BEGIN = int(NOW.timestamp())
ANN = PrincipalToken.parse("user:ann")
AGENT = PrincipalToken.parse("service:assistant")
HEADER = {"alg": "EdDSA", "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "enterprise-memory",
    "aud": "enterprise-memory",
    "sub": "local|user|ann",
    "client_id": "intranet",
    "roles": ["auditor"],
    "iat": BEGIN,
    "nbf": BEGIN,
    "exp": BEGIN + 3600,
    "jti": "one",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def verifier(folder: Path) -> TokenVerifier:
    return TokenVerifier(folder)


@pytest.fixture
def key(folder: Path) -> Ed25519PrivateKey:
    loaded = load_pem_private_key((folder / KEY_FILE).read_bytes(), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)
    return loaded


def issue(folder: Path, **changes: Any) -> str:
    arguments: dict[str, Any] = {
        "application": "intranet",
        "roles": frozenset[Role](),
        "writes": None,
        "actor": None,
        "lifetime": timedelta(hours=1),
        "now": NOW,
    }
    return TokenIssuer(folder).issue(changes.pop("subject", ANN), **(arguments | changes))


def sign(key: Ed25519PrivateKey, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    """Sign anything, as somebody with the key and without our issuer could."""
    signed = b".".join(encode(json.dumps(part).encode()) for part in (HEADER | (header or {}), claims))
    return b".".join((signed, encode(key.sign(signed)))).decode()


def encode(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def refusal(verifier: TokenVerifier, token: str, now: datetime = NOW) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        verifier.verify(token, now=now)
    assert str(caught.value) == str(NotAuthenticated())
    return caught.value


class TestKeys:
    def test_a_key_and_its_folder_are_private_whatever_the_umask(self, tmp_path: Path) -> None:
        """Fails when the file is created with the usual mode and narrowed afterwards."""
        before = os.umask(0)
        try:
            create_keys(tmp_path / "keys")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode) == 0o600

    def test_a_key_is_never_overwritten(self, folder: Path) -> None:
        before = (folder / KEY_FILE).read_bytes()
        with pytest.raises(Conflict):
            create_keys(folder)
        assert (folder / KEY_FILE).read_bytes() == before

    def test_of_several_creators_one_wins(self, tmp_path: Path) -> None:
        def create(_: int) -> bool:
            try:
                create_keys(tmp_path / "keys")
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(create, range(8))) == 1

    def test_no_key_is_put_where_others_can_reach_it(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o750)
        with pytest.raises(Misconfigured, match="Other accounts"):
            create_keys(tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
    @pytest.mark.parametrize("user", [TokenIssuer, TokenVerifier])
    def test_a_key_that_others_can_reach_is_refused(self, folder: Path, mode: int, user: Callable[[Path], Any]) -> None:
        """Fails when the mode of the key file is not checked, or only its read bit."""
        (folder / KEY_FILE).chmod(mode)
        with pytest.raises(Misconfigured, match="Other accounts"):
            user(folder)

    def test_a_missing_key_says_how_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="memory init"):
            TokenVerifier(tmp_path)

    def test_a_broken_key_is_refused(self, folder: Path) -> None:
        (folder / KEY_FILE).write_text("-----BEGIN PRIVATE KEY-----")
        with pytest.raises(Misconfigured, match="not a private key"):
            TokenIssuer(folder)

    def test_a_key_of_another_kind_is_refused(self, folder: Path) -> None:
        other = generate_private_key(SECP256R1())
        (folder / KEY_FILE).write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(Misconfigured, match="not an Ed25519 key"):
            TokenIssuer(folder)


class TestIssuing:
    def test_a_token_gives_back_what_it_was_issued_for(self, folder: Path, verifier: TokenVerifier) -> None:
        roles = frozenset({Role.WRITER, Role.AUDITOR})
        caller = verifier.verify(issue(folder, roles=roles, writes="handbook", actor=AGENT), now=NOW)
        assert caller == Caller(ANN, AGENT, "intranet", roles, "handbook", caller.token_id)

    def test_every_token_has_its_own_id(self, folder: Path, verifier: TokenVerifier) -> None:
        assert len({verifier.verify(issue(folder), now=NOW).token_id for _ in range(20)}) == 20

    def test_the_public_key_alone_verifies(self, folder: Path, key: Ed25519PrivateKey) -> None:
        assert TokenVerifier(key.public_key()).verify(issue(folder), now=NOW).subject == ANN

    @pytest.mark.parametrize(
        "change",
        [
            {"lifetime": timedelta(hours=24, seconds=1)},
            {"lifetime": timedelta(0)},
            {"lifetime": timedelta(seconds=-1)},
            {"lifetime": timedelta(milliseconds=900)},
            {"subject": EVERYONE},
            {"subject": PrincipalToken.parse("group:staff")},
            {"actor": PrincipalToken.parse("domain:example.org")},
            {"application": ""},
            {"application": "in\ntranet"},
            {"writes": ""},
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_not_issued(self, folder: Path, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidRequest):
            issue(folder, **change)

    def test_a_token_may_live_for_a_day(self, folder: Path, verifier: TokenVerifier) -> None:
        token = issue(folder, lifetime=timedelta(hours=24))
        assert verifier.verify(token, now=NOW + timedelta(hours=24, seconds=-1)).subject == ANN


class TestTime:
    @pytest.mark.parametrize("seen_before", [False, True])
    def test_a_token_ends_to_the_second_also_when_it_is_remembered(
        self, folder: Path, verifier: TokenVerifier, *, seen_before: bool
    ) -> None:
        """Fails when a remembered token is returned without looking at the time, or when its end has leeway."""
        token = issue(folder)
        if seen_before:
            verifier.verify(token, now=NOW)
        last = NOW + timedelta(hours=1) - timedelta(microseconds=1)
        assert verifier.verify(token, now=last).subject == ANN
        assert refusal(verifier, token, NOW + timedelta(hours=1)).reason == "expired"

    @pytest.mark.parametrize("seen_before", [False, True])
    def test_a_token_begins_with_leeway_for_a_slow_clock_only(
        self, folder: Path, verifier: TokenVerifier, *, seen_before: bool
    ) -> None:
        token = issue(folder)
        if seen_before:
            verifier.verify(token, now=NOW)
        assert verifier.verify(token, now=NOW - timedelta(seconds=CLOCK_SKEW_S)).subject == ANN
        assert refusal(verifier, token, NOW - timedelta(seconds=CLOCK_SKEW_S + 1)).reason == "not yet valid"

    def test_a_time_without_a_zone_is_a_mistake_of_ours(self, folder: Path, verifier: TokenVerifier) -> None:
        with pytest.raises(ValueError, match="zone"):
            verifier.verify(issue(folder), now=NOW.replace(tzinfo=None))


class TestForgery:
    def test_the_material_of_these_tests_is_accepted_unchanged(
        self, verifier: TokenVerifier, key: Ed25519PrivateKey
    ) -> None:
        """The twin that permits: every test below changes one thing of this token."""
        assert verifier.verify(sign(key, CLAIMS), now=NOW).token_id == "one"

    def test_a_token_signed_by_another_key_is_refused(self, verifier: TokenVerifier) -> None:
        """Bites when the signature is not verified."""
        assert refusal(verifier, sign(Ed25519PrivateKey.generate(), CLAIMS)).reason == "InvalidSignatureError"

    def test_an_unsigned_token_is_refused(self, verifier: TokenVerifier) -> None:
        """Held three times: by the form of a token, by the pinned algorithm and by the comparison of the header."""
        token = jwt.encode(CLAIMS, None, algorithm="none", headers={"typ": "at+jwt"})
        for attempt in (token, token + "A" * 86):
            refusal(verifier, attempt)

    @pytest.mark.parametrize(
        "form", [(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), (Encoding.Raw, PublicFormat.Raw)]
    )
    def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
        self, verifier: TokenVerifier, key: Ed25519PrivateKey, form: tuple[Encoding, PublicFormat]
    ) -> None:
        """Fails when the key is handed over as bytes, the algorithm taken from the token and its header ignored."""
        signed = b".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS512", "typ": "at+jwt"}, CLAIMS))
        signature = hmac.digest(key.public_key().public_bytes(*form), signed, hashlib.sha512)
        refusal(verifier, b".".join((signed, encode(signature))).decode())

    @pytest.mark.parametrize(
        "header",
        [{"alg": "Ed25519"}, {"typ": "JWT"}, {"kid": "1"}, {"crit": ["exp"]}, {"jku": "https://example.org"}],
        ids=str,
    )
    def test_a_header_that_says_anything_else_is_refused(
        self, verifier: TokenVerifier, key: Ed25519PrivateKey, header: dict[str, Any]
    ) -> None:
        """Fails when the header is not compared as a whole."""
        refusal(verifier, sign(key, CLAIMS, header))

    @pytest.mark.parametrize(
        "change",
        [
            {"iss": "somebody-else"},
            {"aud": "another-service"},
            {"aud": ["enterprise-memory"]},
            {"sub": "user:ann"},
            {"sub": "local|group|staff"},
            {"sub": "local|everyone|*"},
            {"sub": "local|robot|x"},
            {"sub": "ann"},
            {"sub": ""},
            {"sub": 7},
            {"act": {"sub": "local|group|staff"}},
            {"act": {"sub": "local|service|a", "act": {"sub": "local|service|b"}}},
            {"act": "local|service|a"},
            {"act": {}},
            {"act": None},
            {"roles": ["auditor", "owner"]},
            {"roles": ["auditor", "auditor"]},
            {"roles": "auditor"},
            {"roles": None},
            {"writes": ""},
            {"writes": 7},
            {"writes": None},
            {"client_id": ""},
            {"client_id": 7},
            {"jti": ""},
            {"jti": None},
            {"iat": BEGIN - 86_400},
            {"iat": True},
            {"iat": float(BEGIN)},
            {"nbf": BEGIN + 1},
            {"nbf": str(BEGIN)},
            {"exp": BEGIN + 86_401},
            {"exp": BEGIN},
            {"exp": float(BEGIN + 3600)},
            {"exp": str(BEGIN + 3600)},
            {"exp": None},
            {"exp": 10**400},
            {"scope": "handbook"},
        ],
        ids=str,
    )
    def test_a_signed_claim_that_is_wrong_or_unknown_is_refused(
        self, verifier: TokenVerifier, key: Ed25519PrivateKey, change: dict[str, Any]
    ) -> None:
        """Fails when claims are read one by one and the rest is ignored."""
        refusal(verifier, sign(key, CLAIMS | change))

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_a_missing_claim_is_refused(self, verifier: TokenVerifier, key: Ed25519PrivateKey, claim: str) -> None:
        """Fails when an absent claim has a default; without `exp` a token would live for ever."""
        refusal(verifier, sign(key, {name: value for name, value in CLAIMS.items() if name != claim}))

    def test_another_spelling_of_a_signature_is_refused(self, folder: Path, verifier: TokenVerifier) -> None:
        """Fails when the form of a token is not checked; on slack bits of base64, if PyJWT ignores them as well."""
        token = issue(folder)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        slack = alphabet[alphabet.index(token[-1]) + 1]
        for spelling in (token[:-1] + slack, f"{token}=", f"{token}==", f" {token}", f"{token}\n"):
            refusal(verifier, spelling)

    def test_a_header_nested_beyond_reason_is_refused(self, verifier: TokenVerifier) -> None:
        nested = encode(b"[" * 5_000).decode()
        refusal(verifier, f"{nested}.e30.{'A' * 86}")

    def test_an_enormous_token_is_refused_before_it_is_read(self, verifier: TokenVerifier) -> None:
        assert refusal(verifier, "a" * 1_000_000).reason == "not a token"


def test_refused_tokens_are_not_remembered_and_accepted_ones_within_bounds(key: Ed25519PrivateKey) -> None:
    """Fails when somebody without a key can fill the memory of the verifier."""
    verifier = TokenVerifier(key.public_key(), max_remembered=3)
    for number in range(5):
        verifier.verify(sign(key, CLAIMS | {"jti": str(number)}), now=NOW)
        refusal(verifier, sign(Ed25519PrivateKey.generate(), CLAIMS))
    assert {claims.caller.token_id for claims in verifier._remembered.values()} == {"2", "3", "4"}
