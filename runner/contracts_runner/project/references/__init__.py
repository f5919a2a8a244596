"""Checks what one file says of another: operations, parameters, captures, environments."""
