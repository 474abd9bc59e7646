"""The outside: Courier's REST API.

`client` speaks HTTP, `wire` alone knows Courier's field names, `errors` says what
can go wrong in two meanings, `cache` keeps what is the same for everybody.
"""
