"""Revisions of the core tables that each tenant schema has."""
