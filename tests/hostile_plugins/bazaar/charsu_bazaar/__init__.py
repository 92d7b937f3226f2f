"""A well-behaved plugin: it counts calls and notes."""
