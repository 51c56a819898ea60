"""What a visitor sees: results and lists as HTML, from the templates beside this file."""
