"""A folder of files as a source."""

from connectors.filesystem.connector import FilesystemConnector

__all__ = ["FilesystemConnector"]
