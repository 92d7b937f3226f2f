"""A plugin that wants to run before every request."""
