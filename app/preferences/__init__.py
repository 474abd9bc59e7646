"""What is true: the model of preferences and the rules about them.

Pure: the standard library only, no input or output, no clock, no log.
"""
