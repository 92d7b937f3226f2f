"""A plugin that looks well and fails in use."""
