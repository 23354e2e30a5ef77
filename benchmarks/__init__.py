"""What the product promises in figures, measured; `python -m benchmarks` runs it, README.md tells what came out."""
