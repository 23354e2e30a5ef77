"""Fakes and contract suites for whoever writes an adapter or a connector."""
