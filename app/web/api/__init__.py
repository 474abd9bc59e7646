"""For product backends: mints links and takes them away, by bearer keys.

Everything here speaks JSON. `models` says what is understood and answered; checking
and the description in OpenAPI both come from it. A fault is a problem of RFC 9457.
"""
