"""A plugin that can not be imported."""
