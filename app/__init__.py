"""A notification preference center in front of Courier.

The floors; imports point downwards only, and CI checks it:

5  cli, serve, demo, wsgi   everything; alone with the tests may use the sandbox
4  factory                  builds the parts, wires them, registers the blueprints
3  web                      Flask: who is served; asks the center, answers in HTML
2  center, door, outcome    what the pages ask for; the one door to Courier; answers
1  courier, links           the outside: httpx and itsdangerous, each its own
0  preferences, settings    what is true: pure rules; the checked environment

Beside them stands `sandbox`, an embedded Courier that imports nothing of ours.
"""
