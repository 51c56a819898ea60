"""What a run says, for people: a page, a table for the terminal, Markdown, and TREC files."""
