"""A plugin with a page that declares no access."""
