"""What is generated from the declarations of the file formats: JSON Schemas for editors, and docs/reference."""
