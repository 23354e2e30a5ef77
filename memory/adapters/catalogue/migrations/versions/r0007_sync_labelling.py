"""Syncs name what they are labelled by. Those asked for before name nothing; a server that starts gives them its own.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("syncs", sa.Column("labelling", sa.Text(), nullable=True))
