"""Leaves at import."""

import sys

sys.exit("goodbye")
