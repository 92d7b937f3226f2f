"""A plugin that requires one nobody has."""
