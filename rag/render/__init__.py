"""Results to text, Markdown, HTML, JSON and citation formats: pure functions."""
