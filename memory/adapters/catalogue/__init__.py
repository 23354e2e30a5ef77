"""The catalogue on SQLAlchemy; SQLite in the embedded profile."""

from memory.adapters.catalogue.database import SqlCatalogue, migrate, open_catalogue

__all__ = ["SqlCatalogue", "migrate", "open_catalogue"]
