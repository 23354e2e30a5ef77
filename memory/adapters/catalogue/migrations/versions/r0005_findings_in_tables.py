"""Findings name the table and the column they stand in; those made before name none.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("findings", sa.Column("table_number", sa.Integer()))
    op.add_column("findings", sa.Column("column_name", sa.Text()))
