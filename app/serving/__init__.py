"""How requests are served: gunicorn's processes, and waitress in each of them.

gunicorn's own threads would wait for whoever sends or reads slowly, and whoever wants
to may be slow. waitress reads whole requests and sends whole answers without a thread.
"""
