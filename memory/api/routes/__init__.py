"""One module per area: a route parses, calls a walk, and formats."""
