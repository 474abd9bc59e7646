"""The server under load: who competes, what loads them, and what is told of it."""
