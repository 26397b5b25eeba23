"""Answers judged: a person's numbers beside ours, and the mistakes that lead to them. Knows calculations; not looks."""
