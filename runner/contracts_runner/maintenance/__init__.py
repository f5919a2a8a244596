"""What the maintainer of specs and contracts uses: check, list, show, examples for the sandbox. Sends nothing."""
