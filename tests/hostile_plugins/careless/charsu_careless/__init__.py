"""A plugin whose record type is declared with every usual slip."""
