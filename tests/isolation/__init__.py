"""Proof that no tenant reaches another, generated from what is registered: routes, jobs, hooks, commands."""
