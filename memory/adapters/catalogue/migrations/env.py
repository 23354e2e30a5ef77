"""Runs revisions on the connection that the program gives; the program owns the transaction."""

from alembic import context

from memory.adapters.catalogue.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
