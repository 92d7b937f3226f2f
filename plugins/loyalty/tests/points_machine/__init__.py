"""The points ledger against a plain-Python model of it."""
