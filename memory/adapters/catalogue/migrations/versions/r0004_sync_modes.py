"""Syncs remember what they were asked to do: how much to read, and whether somebody confirmed the deletions.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("syncs", sa.Column("mode", sa.String(16), nullable=False, server_default="incremental"))
    op.add_column("syncs", sa.Column("deletions_confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
