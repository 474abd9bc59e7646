"""What the project costs, measured; `make bench` runs it."""
