"""The index on Qdrant Edge, the Rust engine in this process."""
