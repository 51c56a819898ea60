"""Measurements on public question sets, each one command; results are committed as JSON."""
