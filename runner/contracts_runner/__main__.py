"""`python -m contracts_runner` is `contracts`."""

from contracts_runner.cli import main

main()
