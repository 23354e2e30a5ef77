"""What is looked for: Presidio's recognizers, tuned against false alarms, and ours where Presidio has none."""
