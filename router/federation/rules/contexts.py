from __future__ import annotations
from router.federation.facts import Coordinate, Facts
from router.federation.findings import Findings
def contexts_are_sound(facts: Facts, findings: Findings) -> None: ...
def fields_from_contexts(facts: Facts) -> set[Coordinate]: return set()
