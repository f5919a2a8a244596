"""What changed between two OpenAPI documents, and which scenarios and checks use it."""
