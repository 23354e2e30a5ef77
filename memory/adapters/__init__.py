"""Where the ports meet real components; vendor types and vendor errors stop here."""
