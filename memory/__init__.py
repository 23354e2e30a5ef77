"""Enterprise Memory: one governed memory that every AI system in a company retrieves from."""
