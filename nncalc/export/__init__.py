"""The hand-over: a calculation as a program for another library. Knows graphs and words; not how pages look."""
