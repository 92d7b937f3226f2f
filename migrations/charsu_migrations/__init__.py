"""Revisions of the control plane and of the core tables in each tenant schema."""
