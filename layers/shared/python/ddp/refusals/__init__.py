"""What is wrong with a request, in words that name the field and the rule; no library's own wording."""
