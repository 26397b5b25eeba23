"""Text to formula and back: names, numbers as typed, the notation of operations. Knows no shapes and no values."""
