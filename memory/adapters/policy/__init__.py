"""The policy engine on Cedar."""
