"""A plugin that claims the path of another."""
