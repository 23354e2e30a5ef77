"""The catalogue on SQLAlchemy; SQLite in the embedded profile."""
