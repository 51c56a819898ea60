"""The library on disk: sources, passages, vectors and words; dense search and word search."""
