"""What templates draw with: icons, assets, theme, the shell around every page."""
