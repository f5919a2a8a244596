"""Reading YAML with positions, and the small words of the format: durations, expressions, matchers."""
