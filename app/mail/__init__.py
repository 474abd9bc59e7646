"""Checks a real message for what makes unsubscribing from it work.

`message` reads it, `headers` knows their grammar, `checks` judges, `oneclick` posts;
only the last one speaks to anybody.
"""
