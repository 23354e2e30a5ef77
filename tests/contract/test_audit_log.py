"""Every audit log keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.adapters.audit import SqliteAuditLog, create_audit_keys
from memory.testing.audit_contract import AuditLogContract
from memory.testing.audit_fake import InMemoryAuditLog


class TestSqliteAuditLog(AuditLogContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[SqliteAuditLog]:
        log = SqliteAuditLog(tmp_path / "audit.db", create_audit_keys(tmp_path / "keys"))
        yield log
        log.close()


class TestInMemoryAuditLog(AuditLogContract):
    @pytest.fixture
    def log(self) -> InMemoryAuditLog:
        return InMemoryAuditLog()
