"""The encoder contract, on the fake and on the real model in both precisions."""

from pathlib import Path

import pytest

from memory.adapters.encoders.openvino import OpenVinoEncoder, open_encoder
from memory.domain.ports.encoder import Encoder
from memory.testing.encoder_contract import EncoderContract
from memory.testing.encoder_fake import HashEncoder


@pytest.fixture(scope="module")
def native(model_cache: Path) -> OpenVinoEncoder:
    return open_encoder(model_cache)


@pytest.fixture(scope="module")
def full_precision(model_cache: Path) -> OpenVinoEncoder:
    return open_encoder(model_cache, precision="f32")


class TestHashEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return HashEncoder()


class TestOpenVinoEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, native: OpenVinoEncoder) -> Encoder:
        return native


class TestOpenVinoEncoderInFullPrecision(EncoderContract):
    @pytest.fixture
    def encoder(self, full_precision: OpenVinoEncoder) -> Encoder:
        return full_precision
