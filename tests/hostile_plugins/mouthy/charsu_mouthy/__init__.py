"""A plugin that has other words for what the core says too."""
