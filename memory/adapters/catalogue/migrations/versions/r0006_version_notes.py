"""Versions keep what their parser noted; those made before have no notes.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("versions", sa.Column("notes", sa.Text(), nullable=False, server_default="[]"))
