"""The verbs of `charsu tenant`, a module each, so that each imports only what it needs."""
