"""A plugin that asks for a permission nobody declares."""
