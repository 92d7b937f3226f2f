"""A plugin that requires one that is broken."""
