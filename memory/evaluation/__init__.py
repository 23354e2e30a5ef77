"""Quality measured on the user's own data, through the real walks."""
