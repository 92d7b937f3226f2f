"""A plugin with every fault its check can find."""
