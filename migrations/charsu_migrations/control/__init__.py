"""Revisions of the schemas `control` and `bus`, which exist once in a database."""
