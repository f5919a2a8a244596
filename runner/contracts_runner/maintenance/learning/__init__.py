"""What recorded answers show that a document does not say."""
