"""Alembic: the environment and the revisions of the catalogue, run by `schema.upgrade`."""
