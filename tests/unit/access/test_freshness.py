import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.access.freshness import SALT_BYTES, FreshnessTokens
from memory.domain.errors import FreshnessNotReached

TOKENS = FreshnessTokens(b"a secret of this home")
epochs = st.integers(0, 2**63)
salts = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)
SALT = bytes(SALT_BYTES)


@given(epochs, salts)
def test_a_token_opens_to_its_epoch_and_has_constant_length(epoch: int, salt: bytes) -> None:
    token = TOKENS.seal(epoch, salt)
    assert TOKENS.open(token) == epoch
    assert len(token) == 64


@given(epochs, epochs, salts, salts)
def test_two_tokens_do_not_tell_whether_their_epochs_are_equal(one: int, other: int, salt: bytes, more: bytes) -> None:
    """Bites: a salt that is not sealed with the epoch, or only in one half. The twin opens both, in the test above."""
    tokens = (TOKENS.seal(one, salt), TOKENS.seal(other, more))
    if salt != more:
        assert not {tokens[0][:32], tokens[0][32:]} & {tokens[1][:32], tokens[1][32:]}


@given(epochs, st.integers(0, 255))
def test_a_token_with_any_bit_changed_is_refused(epoch: int, bit: int) -> None:
    """Fails when `open` does not compare the tag."""
    changed = int(TOKENS.seal(epoch, SALT), 16) ^ (1 << bit)
    with pytest.raises(FreshnessNotReached):
        TOKENS.open(f"{changed:064x}")


@given(st.text(max_size=60))
def test_nothing_made_up_is_a_token(text: str) -> None:
    with pytest.raises(FreshnessNotReached):
        TOKENS.open(text)


def test_a_token_of_another_home_is_refused() -> None:
    with pytest.raises(FreshnessNotReached):
        FreshnessTokens(b"another home").open(TOKENS.seal(7, SALT))
