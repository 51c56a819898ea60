"""Embedders and readers."""
