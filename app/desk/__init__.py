"""What the support desk asks for: who it is, how they stand and why, and acts for them.

Above the center, and like it without Flask, httpx or SQL. Every look at somebody is
written down before anything is told.
"""
