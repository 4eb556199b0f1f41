"""`python -m ccstack.cli`."""

from ccstack.cli import main

main(prog_name="ccstack")
