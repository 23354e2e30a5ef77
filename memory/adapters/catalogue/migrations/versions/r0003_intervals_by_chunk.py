"""Intervals are found by document and chunk, so that what governs a few chunks costs those few.

Revision: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(op.f("ix_intervals_document_id_chunk_id"), "intervals", ["document_id", "chunk_id"])
    op.drop_index(op.f("ix_intervals_document_id"), "intervals")
