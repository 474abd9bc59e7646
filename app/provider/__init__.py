"""A small OpenID provider, for trying out the support desk and for its tests.

Made with Authlib's authorization server. It keeps everything in memory, asks for no
password, listens on this machine only, and knows three people. Not for production.
"""
