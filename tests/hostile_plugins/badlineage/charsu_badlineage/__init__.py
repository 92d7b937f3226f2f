"""A plugin with two heads of revisions."""
