"""Sentence encoders; MiniLM compiled by OpenVINO by default."""
