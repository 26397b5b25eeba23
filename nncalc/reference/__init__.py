"""The reference of operations: what the table says of each, as a page."""
