"""The query plan as plain data: nodes, their text form and their JSON form.

Planning makes a plan, execution runs it, and they meet nowhere else. A plan holds no schema and no callable, so it can
be printed, stored, loaded and run.
"""
