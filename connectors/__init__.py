"""Sources: one file each, and the protocol they follow."""
