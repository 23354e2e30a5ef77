"""The line differ contract, on git's algorithm."""

import pytest

from memory.adapters.line_differ import GitLineDiffer
from memory.domain.ports.differ import LineDiffer
from memory.testing.differ_contract import LineDifferContract


class TestGitLineDiffer(LineDifferContract):
    @pytest.fixture
    def differ(self) -> LineDiffer:
        return GitLineDiffer()
