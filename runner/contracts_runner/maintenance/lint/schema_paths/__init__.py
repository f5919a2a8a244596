"""What the values at a JSONPath can be, judged by a schema: only what is certain counts as impossible."""
