"""An embedded stand-in for Courier's REST API, served as a real HTTP server.

It imports nothing else of this project, so that the product and its fake
cannot share one misunderstanding.
"""
