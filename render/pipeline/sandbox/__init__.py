"""Children that read what strangers send, and can do nothing else: docs/security.md, decision 49."""
