"""`python -m charsu` is `charsu`."""

from charsu.cli import main

main()
