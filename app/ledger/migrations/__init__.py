"""Every change of the tables since the beginning, in order."""
