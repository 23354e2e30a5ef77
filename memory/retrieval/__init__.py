"""The read walk: a question becomes permitted, redacted, cited passages and a receipt."""
