"""The write walk: a source document becomes a version, chunks and index points."""
