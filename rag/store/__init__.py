"""The library on disk: sources, passages, vectors and words."""
