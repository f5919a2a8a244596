"""Reading the spec: bundled, validated, its schemas compiled, its violations put into sentences."""
