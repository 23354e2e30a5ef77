"""Classifiers: Presidio, and the rules from findings to labels."""
