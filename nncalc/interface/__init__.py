"""What the command line and Python both do: open a spec, calculate, show it."""
