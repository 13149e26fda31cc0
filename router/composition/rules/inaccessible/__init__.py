"""The rules of ``@inaccessible``: what remains for clients is a valid schema (inaccessible specification, v0.2)."""
