"""Files to sources, sources to passages and sentences."""
