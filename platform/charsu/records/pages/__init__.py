"""Pages of records: one module per feature, each adding its routes to every type's blueprint."""
