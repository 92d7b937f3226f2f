"""A plugin whose set-up hook raises."""
