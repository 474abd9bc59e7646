"""A notification preference center in front of Courier.

The floors; imports point downwards only, and CI checks it:

5  cli, serve, deliver, demo, wsgi  everything; alone with tests may use the sandbox
4  factory       builds the parts, wires them, registers the blueprints
3  web           Flask: who is served; asks the center, answers in HTML
2  center, access, unsubscribing, history and what they lean on: what pages ask for
1  courier, ledger, links, signing   the outside: each its own library
0  preferences, settings             what is true: pure rules; the checked environment

Beside them stands `sandbox`, an embedded Courier that imports nothing of ours.
"""
