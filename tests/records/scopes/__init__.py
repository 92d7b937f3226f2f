"""Who sees whose records, and which of their fields: tried on every route of the kit."""
