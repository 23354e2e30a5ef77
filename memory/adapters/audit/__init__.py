"""The audit log in an SQLite database of its own, with its keys."""

from memory.adapters.audit.keys import AuditKeys, create_audit_keys, ed25519_verify, load_audit_keys
from memory.adapters.audit.log import SqliteAuditLog

__all__ = ["AuditKeys", "SqliteAuditLog", "create_audit_keys", "ed25519_verify", "load_audit_keys"]
