"""The ports: what the walks ask of the world. Adapters implement them, `memory.testing` proves that they do."""
