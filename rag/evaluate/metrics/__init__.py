"""Metrics under the names the field prints. Pure functions of numbers, spans and texts."""
