"""A plugin that wants to be the login page."""
