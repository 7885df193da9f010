"""Reads a spreadsheet that a stranger made, in a process of its own with limits, and writes rows of text to a pipe.

Nothing here knows Django, so the process is up within a tenth of a second and small; `core.sheets` starts it, watches
it and puts its refusals into words. A file that is not what it says costs at most that process.
"""
