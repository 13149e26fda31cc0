"""The page's server side: its assets, its configuration, and the plan of the operation in its editor.

Enters: HTTP requests of the page. Leaves: files of the package, JSON. Invariants: nothing is loaded from elsewhere
and no script but the package's own runs (Content-Security-Policy); asking for a plan runs nothing.
"""
