"""Catalogue to index: the outbox relay, reconciliation and rebuild."""
