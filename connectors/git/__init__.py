"""One branch of a git repository as a source, with its history."""

from connectors.git.connector import GitConnector

__all__ = ["GitConnector"]
