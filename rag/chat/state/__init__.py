"""What a visitor has in hand, what all visitors share, and what is remembered."""
