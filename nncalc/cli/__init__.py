"""The command line: the program, its options, its streams. Knows no mathematics."""
