"""The commands, one a file: options in, text out. The mathematics is elsewhere."""
