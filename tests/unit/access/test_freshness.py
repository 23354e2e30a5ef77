import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.access.freshness import FreshnessTokens
from memory.domain.errors import FreshnessNotReached

TOKENS = FreshnessTokens(b"a secret of this home")
epochs = st.integers(0, 2**63)


@given(epochs)
def test_a_token_opens_to_its_epoch_and_has_constant_length(epoch: int) -> None:
    token = TOKENS.seal(epoch)
    assert TOKENS.open(token) == epoch
    assert len(token) == 48


@given(epochs, st.integers(0, 191))
def test_a_token_with_any_bit_changed_is_refused(epoch: int, bit: int) -> None:
    """Fails when `open` does not compare the tag."""
    changed = int(TOKENS.seal(epoch), 16) ^ (1 << bit)
    with pytest.raises(FreshnessNotReached):
        TOKENS.open(f"{changed:048x}")


@given(st.text(max_size=60))
def test_nothing_made_up_is_a_token(text: str) -> None:
    with pytest.raises(FreshnessNotReached):
        TOKENS.open(text)


def test_a_token_of_another_home_is_refused() -> None:
    with pytest.raises(FreshnessNotReached):
        FreshnessTokens(b"another home").open(TOKENS.seal(7))
