"""Retrieve, read, compose, verify."""
