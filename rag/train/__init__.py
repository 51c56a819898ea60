"""How the shipped reader was trained, and how to train one on a gold set."""
