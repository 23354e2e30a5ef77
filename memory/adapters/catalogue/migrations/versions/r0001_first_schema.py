"""The first schema: permissions, documents, texts, intervals, the embedding cache, the outbox and syncs.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Identifiers compare and sort by code point.
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "acls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "embedded_texts",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "epochs",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("reason", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "reason"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("source", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key"),
    )
    op.create_table(
        "memberships",
        sa.Column("group_token", sa.Text(), nullable=False),
        sa.Column("member_token", sa.Text(), nullable=False),
        sa.Column("epoch_from", sa.Integer(), nullable=False),
        sa.Column("epoch_to", sa.Integer()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_token", "member_token", "epoch_from"),
    )
    op.create_index(op.f("ix_memberships_revision"), "memberships", ["revision"])
    op.create_table(
        "models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "revision", "dimension", "window"),
    )
    op.create_table(
        "principals",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_principals_revision"), "principals", ["revision"])
    op.create_table(
        "profiles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_profiles_revision"), "profiles", ["revision"])
    op.create_table(
        "scopes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "key"),
    )
    op.create_table(
        "sources",
        sa.Column("name", KEY, nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("owner_team", sa.Text(), nullable=False),
        sa.Column("ceiling", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "compartments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Integer(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["profile"], ["profiles.id"]),
        sa.ForeignKeyConstraint(["scope"], ["scopes.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scope", "profile"),
    )
    op.create_index(op.f("ix_compartments_revision"), "compartments", ["revision"])
    op.create_table(
        "documents",
        sa.Column("id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("external_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.ForeignKeyConstraint(["scope"], ["scopes.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "external_id"),
    )
    op.create_index(op.f("ix_documents_scope_id"), "documents", ["scope", "id"])
    op.create_table(
        "scope_acls",
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("acl", sa.Integer(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("epoch_from", sa.Integer(), nullable=False),
        sa.Column("epoch_to", sa.Integer()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["acl"], ["acls.id"]),
        sa.ForeignKeyConstraint(["scope"], ["scopes.id"]),
        sa.PrimaryKeyConstraint("scope", "epoch_from"),
    )
    op.create_index(op.f("ix_scope_acls_revision"), "scope_acls", ["revision"])
    op.create_table(
        "vectors",
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["models.id"]),
        sa.PrimaryKeyConstraint("model", "hash"),
    )
    op.create_table(
        "syncs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("host", sa.Text()),
        sa.Column("pid", sa.Integer()),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("heartbeat_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["source"], ["sources.name"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_syncs_source_requested_at_id"), "syncs", ["source", "requested_at", "id"])
    op.create_index(
        "uq_syncs_unfinished",
        "syncs",
        ["source"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "intervals",
        sa.Column("point_id", KEY, nullable=False),
        sa.Column("chunk_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("embedded_hash", KEY, nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("clear_types", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["compartment"], ["compartments.id"]),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("point_id"),
    )
    op.create_index(op.f("ix_intervals_document_id"), "intervals", ["document_id"])
    op.create_index(
        "ix_intervals_open",
        "intervals",
        ["compartment", "document_id"],
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("point_id", KEY, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("withdrawn_from", sa.Integer()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["withdrawn_from"], ["compartments.id"]),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_withdrawn",
        "outbox",
        ["withdrawn_from", "point_id"],
        sqlite_where=sa.text("withdrawn_from IS NOT NULL"),
        postgresql_where=sa.text("withdrawn_from IS NOT NULL"),
    )
    op.create_table(
        "texts",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("text_hash", KEY, nullable=False),
        sa.Column("classifier", sa.Text()),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("document_id", "text_hash"),
    )
    op.create_table(
        "versions",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_hash", KEY, nullable=False),
        sa.Column("text_hash", KEY),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("parser", sa.Text()),
        sa.Column("parser_version", sa.Text()),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("document_id", "number"),
    )
    op.create_index(
        op.f("ix_versions_document_id_effective_from_superseded_at"),
        "versions",
        ["document_id", "effective_from", "superseded_at"],
    )
    op.create_table(
        "findings",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("text_hash", KEY, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("band", sa.String(16), nullable=False),
        sa.Column("recognizer", sa.Text(), nullable=False),
        sa.Column("recognizer_version", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["document_id", "text_hash"], ["texts.document_id", "texts.text_hash"]),
        sa.PrimaryKeyConstraint("document_id", "text_hash", "page", "ordinal"),
    )
    op.create_table(
        "labels",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sensitivity", sa.String(16), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("jurisdictions", sa.Text(), nullable=False),
        sa.Column("review", sa.String(16), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("epoch_from", sa.Integer(), nullable=False),
        sa.Column("epoch_to", sa.Integer()),
        sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
        sa.PrimaryKeyConstraint("document_id", "version", "epoch_from"),
    )
    op.create_table(
        "occurrences",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("chunk_id", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
        sa.PrimaryKeyConstraint("document_id", "chunk_id", "version"),
    )
    op.create_index(
        op.f("ix_occurrences_document_id_version_ordinal"), "occurrences", ["document_id", "version", "ordinal"]
    )
    op.create_table(
        "text_pages",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("text_hash", KEY, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id", "text_hash"], ["texts.document_id", "texts.text_hash"]),
        sa.PrimaryKeyConstraint("document_id", "text_hash", "page"),
    )
    op.execute("INSERT INTO state (id, epoch, revision) VALUES (1, 0, 0)")
