"""The pages a recipient sees, opened by a signed link and nothing else.

`views` has the URLs, `forms` what comes in, `rows` what a template prints, `words`
every sentence about a topic or an outcome.
"""
