"""The compiled executor: a query plan and its operation turned into Python code once, and run many times.

Enters: a plan, a normalised operation. Leaves: answers like those of the reference executor, as bytes. Invariant: the
generated code handles what goes well and nothing else; whatever is out of the ordinary (an error, a wrong type, a null
where none may be) is handed to the reference executor's functions on the same response tree.
"""
