"""The tables of the catalogue. Columns stand in the order of the fields of the noun they store.

Temporal rows hold from `epoch_from` up to but not including `epoch_to`; an open row (`epoch_to` null) is in force.
Rows that an `AccessDelta` can carry keep the revision of their last change, indexed, so that a delta costs what
changed and not what exists.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from memory.adapters.catalogue.columns import (
    Instant,
    Json,
    Token,
    choice,
    counts,
    key,
    names,
    path,
    provenance,
    trouble,
)
from memory.domain.documents import DocumentState
from memory.domain.governance import Profile, ReviewState, ScoreBand, Sensitivity
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import OutboxKind
from memory.domain.syncs import SyncMode, SyncState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row: where the catalogue stands. Writers lock it, which serialises them.
state = Table(
    "state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

epochs = Table(
    "epochs",
    metadata,
    Column("epoch", Integer, nullable=False),
    Column("reason", key(), nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("epoch", "reason"),
)

principals = Table(
    "principals",
    metadata,
    Column("token", Token, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text),
    Column("guest", Boolean, nullable=False),
    Column("agent", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False, index=True),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group_token", Token, nullable=False),
    Column("member_token", Token, nullable=False),
    Column("epoch_from", Integer, nullable=False),
    Column("epoch_to", Integer),
    Column("revision", Integer, nullable=False, index=True),
    PrimaryKeyConstraint("group_token", "member_token", "epoch_from"),
)

acls = Table(
    "acls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", key(), nullable=False, unique=True),
    Column("body", Json(Acl.to_json, Acl.from_json), nullable=False),
)

scopes = Table(
    "scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", key(), nullable=False),
    Column("key", key(), nullable=False),
    UniqueConstraint("source", "key"),
)

scope_acls = Table(
    "scope_acls",
    metadata,
    Column("scope", Integer, ForeignKey("scopes.id"), nullable=False),
    Column("acl", Integer, ForeignKey("acls.id"), nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("epoch_from", Integer, nullable=False),
    Column("epoch_to", Integer),
    Column("revision", Integer, nullable=False, index=True),
    PrimaryKeyConstraint("scope", "epoch_from"),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", key(), nullable=False, unique=True),
    Column("body", Json(Profile.to_json, Profile.from_json), nullable=False),
    Column("revision", Integer, nullable=False, index=True),
)

compartments = Table(
    "compartments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", Integer, ForeignKey("scopes.id"), nullable=False),
    Column("profile", Integer, ForeignKey("profiles.id"), nullable=False),
    Column("current", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("revision", Integer, nullable=False, index=True),
    UniqueConstraint("scope", "profile"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", key(), primary_key=True),
    Column("source", key(), nullable=False),
    Column("external_id", key(), nullable=False),
    Column("title", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("scope", Integer, ForeignKey("scopes.id"), nullable=False),
    Column("state", choice(DocumentState), nullable=False),
    Column("reason", Text),
    Column("current_version", Integer, nullable=False),
    Column("language", Text),
    UniqueConstraint("source", "external_id"),
    Index(None, "scope", "id"),
)

versions = Table(
    "versions",
    metadata,
    Column("document_id", key(), ForeignKey("documents.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("content_hash", key(), nullable=False),
    Column("text_hash", key()),
    Column("provenance", provenance(), nullable=False),
    Column("parser", Text),
    Column("parser_version", Text),
    Column("modified_at", Instant, nullable=False),
    Column("effective_from", Instant, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("superseded_at", Instant),
    Column("state", choice(DocumentState), nullable=False),
    Column("reason", Text),
    Column("notes", path(), nullable=False, server_default="[]"),
    PrimaryKeyConstraint("document_id", "number"),
    # Covers the question «which version was in force then», for documents with thousands of versions.
    Index(None, "document_id", "effective_from", "superseded_at"),
)

texts = Table(
    "texts",
    metadata,
    Column("document_id", key(), ForeignKey("documents.id"), nullable=False),
    Column("text_hash", key(), nullable=False),
    Column("classifier", Text),
    PrimaryKeyConstraint("document_id", "text_hash"),
)

text_pages = Table(
    "text_pages",
    metadata,
    Column("document_id", key(), nullable=False),
    Column("text_hash", key(), nullable=False),
    Column("page", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("document_id", "text_hash", "page"),
    ForeignKeyConstraint(["document_id", "text_hash"], ["texts.document_id", "texts.text_hash"]),
)

# A finding stands once on each page that it touches, so that a passage finds its own by the pages of its span.
findings = Table(
    "findings",
    metadata,
    Column("document_id", key(), nullable=False),
    Column("text_hash", key(), nullable=False),
    Column("page", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("band", choice(ScoreBand), nullable=False),
    Column("recognizer", Text, nullable=False),
    Column("recognizer_version", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("validated", Boolean, nullable=False),
    Column("table_number", Integer),
    Column("column_name", Text),
    PrimaryKeyConstraint("document_id", "text_hash", "page", "ordinal"),
    ForeignKeyConstraint(["document_id", "text_hash"], ["texts.document_id", "texts.text_hash"]),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("document_id", key(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("chunk_id", key(), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("section", path(), nullable=False),
    PrimaryKeyConstraint("document_id", "chunk_id", "version"),
    ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
    Index(None, "document_id", "version", "ordinal"),
)

labels = Table(
    "labels",
    metadata,
    Column("document_id", key(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sensitivity", choice(Sensitivity), nullable=False),
    Column("categories", names(), nullable=False),
    Column("jurisdictions", names(), nullable=False),
    Column("review", choice(ReviewState), nullable=False),
    Column("origin", Text, nullable=False),
    Column("epoch_from", Integer, nullable=False),
    Column("epoch_to", Integer),
    PrimaryKeyConstraint("document_id", "version", "epoch_from"),
    ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
)

intervals = Table(
    "intervals",
    metadata,
    Column("point_id", key(), primary_key=True),
    Column("chunk_id", key(), nullable=False),
    Column("document_id", key(), ForeignKey("documents.id"), nullable=False),
    Column("compartment", Integer, ForeignKey("compartments.id"), nullable=False),
    Column("embedded_hash", key(), nullable=False),
    Column("language", Text),
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant),
    Column("clear_types", names(), nullable=False),
    Index(None, "document_id", "chunk_id"),
)
# Which documents a caller's compartments show, at the cost of what they show and not of what there is.
Index(
    "ix_intervals_open",
    intervals.c.compartment,
    intervals.c.document_id,
    sqlite_where=intervals.c.valid_to.is_(None),
    postgresql_where=intervals.c.valid_to.is_(None),
)

models = Table(
    "models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", key(), nullable=False),
    Column("revision", key(), nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("window", Integer, nullable=False),
    UniqueConstraint("name", "revision", "dimension", "window"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("model", Integer, ForeignKey("models.id"), nullable=False),
    Column("hash", key(), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    PrimaryKeyConstraint("model", "hash"),
)

embedded_texts = Table(
    "embedded_texts",
    metadata,
    Column("hash", key(), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Sequences are never used twice: a slow relay must not drop an entry that came after what it published.
outbox = Table(
    "outbox",
    metadata,
    Column("point_id", key(), nullable=False),
    Column("kind", choice(OutboxKind), nullable=False),
    Column("withdrawn_from", Integer, ForeignKey("compartments.id")),
    Column("sequence", Integer, primary_key=True),
    sqlite_autoincrement=True,
)
# Asked for every request, while publications may queue by the hundred thousand.
Index(
    "ix_outbox_withdrawn",
    outbox.c.withdrawn_from,
    outbox.c.point_id,
    sqlite_where=outbox.c.withdrawn_from.is_not(None),
    postgresql_where=outbox.c.withdrawn_from.is_not(None),
)

sources = Table(
    "sources",
    metadata,
    Column("name", key(), primary_key=True),
    Column("connector", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("owner_team", Text, nullable=False),
    Column("ceiling", names(), nullable=False),
    Column("settings", Text, nullable=False),
    Column("checkpoint", Text),
    Column("active", Boolean, nullable=False),
)

syncs = Table(
    "syncs",
    metadata,
    Column("id", key(), primary_key=True),
    Column("source", key(), ForeignKey("sources.name"), nullable=False),
    Column("requested_by", Token, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("state", choice(SyncState), nullable=False),
    Column("host", Text),
    Column("pid", Integer),
    Column("started_at", Instant),
    Column("heartbeat_at", Instant),
    Column("finished_at", Instant),
    Column("counts", counts(), nullable=False),
    Column("trouble", trouble(), nullable=False),
    Column("error", Text),
    Column("mode", choice(SyncMode), nullable=False, server_default=SyncMode.INCREMENTAL),
    Column("deletions_confirmed", Boolean, nullable=False, server_default=false()),
    Column("labelling", Text),
    Index(None, "source", "requested_at", "id"),
)
# Two processes never sync one source at once: the second does not get its row.
Index(
    "uq_syncs_unfinished",
    syncs.c.source,
    unique=True,
    sqlite_where=syncs.c.finished_at.is_(None),
    postgresql_where=syncs.c.finished_at.is_(None),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("source", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("digest", key(), nullable=False),
    Column("response", Text, nullable=False),
    PrimaryKeyConstraint("source", "key"),
)
