"""Whatever arrives as a token, a verifier either knows the caller or raises `NotAuthenticated`, in constant words."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from memory.adapters.identity.issuer import TokenIssuer, TokenVerifier, create_keys
from memory.domain.errors import NotAuthenticated
from memory.domain.identity import Caller, PrincipalKind, PrincipalToken, Role

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> TokenIssuer:
    folder = tmp_path_factory.mktemp("home") / "keys"
    create_keys(folder)
    return TokenIssuer(folder)


@pytest.fixture(scope="module")
def verifier(issuer: TokenIssuer) -> TokenVerifier:
    return TokenVerifier(issuer._key.public_key())


# Neither controls nor white space: what a principal or an application may not carry is tested by example.
printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1)
parties = st.builds(PrincipalToken, printable, st.sampled_from([PrincipalKind.USER, PrincipalKind.SERVICE]), printable)
callers = st.builds(
    Caller,
    subject=parties,
    actor=st.none() | parties,
    application=printable,
    roles=st.frozensets(st.sampled_from(Role)),
    writes=st.none() | printable,
    token_id=st.just(""),
)


def token_for(issuer: TokenIssuer, caller: Caller, lifetime: timedelta = timedelta(hours=1)) -> str:
    return issuer.issue(
        caller.subject,
        application=caller.application,
        roles=caller.roles,
        writes=caller.writes,
        actor=caller.actor,
        lifetime=lifetime,
        now=NOW,
    )


def assert_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        verifier.verify(token, now=NOW)
    assert str(caught.value) == str(NotAuthenticated())


@given(caller=callers)
def test_what_is_issued_is_what_is_verified(issuer: TokenIssuer, verifier: TokenVerifier, caller: Caller) -> None:
    token = token_for(issuer, caller)
    for _ in ("checked", "remembered"):
        verified = verifier.verify(token, now=NOW)
        assert (verified.parties, verified.application) == (caller.parties, caller.application)
        assert (verified.roles, verified.writes) == (caller.roles, caller.writes)


@given(caller=callers, seconds=st.integers(1, 86_400), at=st.integers(-100_000, 100_000))
def test_a_token_speaks_from_its_beginning_to_its_end(
    issuer: TokenIssuer, verifier: TokenVerifier, caller: Caller, seconds: int, at: int
) -> None:
    token = token_for(issuer, caller, timedelta(seconds=seconds))
    try:
        verifier.verify(token, now=NOW + timedelta(seconds=at))
    except NotAuthenticated:
        assert not -30 <= at < seconds
    else:
        assert -30 <= at < seconds


segments = st.text(BASE64, min_size=1)
signatures = st.text(BASE64, min_size=85, max_size=85).map(lambda text: text + "A")


@given(
    token=st.text()
    | st.text(BASE64 + ".")
    | st.tuples(segments, segments, segments).map(".".join)
    | st.tuples(segments, segments, signatures).map(".".join)
)
def test_any_other_text_is_refused(verifier: TokenVerifier, token: str) -> None:
    """Fails when a way to decode a token raises anything but what is caught."""
    assert_refused(verifier, token)


@given(caller=callers, data=st.data())
def test_a_token_changed_anywhere_is_refused(
    issuer: TokenIssuer, verifier: TokenVerifier, caller: Caller, data: st.DataObject
) -> None:
    """Fails when any character of a token goes unchecked."""
    token = token_for(issuer, caller)
    at = data.draw(st.integers(0, len(token) - 1), label="at")
    cut = data.draw(st.integers(0, 3), label="cut")
    changed = token[:at] + data.draw(st.text(BASE64 + ".= \x00é", max_size=4), label="put") + token[at + cut :]
    assume(changed != token)
    assert_refused(verifier, changed)


@given(caller=callers)
def test_the_key_of_another_deployment_is_refused(issuer: TokenIssuer, caller: Caller) -> None:
    other = TokenVerifier(Ed25519PrivateKey.generate().public_key())
    assert_refused(other, token_for(issuer, caller))
