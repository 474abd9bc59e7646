"""Every state of the pages on one local page, for those who design them.

`states` has what there is to see; each state is reached through the real app by real
requests of a recipient of its own. `world` is an app with its Courier, `person` is
who asks, `site` shows it all.
"""
