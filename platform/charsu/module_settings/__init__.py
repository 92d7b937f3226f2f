"""Settings of modules: declared once by the plugin, kept for each business, read by one typed accessor."""

from charsu.module_settings.declaration import ModuleSettings
from charsu.module_settings.secret_field import SecretField

__all__ = ["ModuleSettings", "SecretField"]
