"""Raises at import."""

raise RuntimeError("this plugin never worked")
