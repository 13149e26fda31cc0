"""Tangles: random subgraphs that share as much as they can, so that an operation can be answered in many ways.

Enters: a seed. Leaves: SDL by subgraph name; not every tangle composes. Invariant: every type that a subgraph's field
returns is declared there.
"""

from __future__ import annotations

from random import Random

_IMPORTS = '["@key", "@shareable", "@external", "@requires", "@provides"]'
_KEYS = ("id", "code", "sku")
_ENTITIES = ("A", "B", "C")
_ABSTRACT = {"Any": "union", "Node": "interface"}


def make_tangle(seed: int) -> dict[str, str]:
    """Make the subgraphs of one tangle."""
    return _Tangle(Random(seed)).make()


class _Tangle:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = [f"g{number}" for number in range(random.choice((3, 3, 4, 5)))]
        #: Per subgraph and type: field -> its text.
        self.types: dict[str, dict[str, dict[str, str]]] = {name: {} for name in self.names}
        self.keys: dict[tuple[str, str], list[str]] = {}
        self.loose = random.random()

    def make(self) -> dict[str, str]:
        random = self.random
        for entity in _ENTITIES:
            for name in self.names:
                self._declare_entity(entity, name)
        for entity in _ENTITIES:
            for number in range(random.randint(2, 6)):
                self._share(entity, f"f{number}", random.choice(("Int", "String")))
            for number in range(random.randint(0, 3)):
                kind = random.choice((*_ENTITIES, "Value", *_ABSTRACT))
                self._share(entity, f"r{number}", random.choice(("{}", "[{}]")).format(kind))
            if random.random() < 0.5:
                self._require(entity)
            if random.random() < 0.4:
                self._provide(entity)
        for number in range(random.randint(2, 4)):
            kind = random.choice((*_ENTITIES, *_ABSTRACT))
            self._share("Query", f"q{number}", random.choice(("{}", "[{}]")).format(kind))
        for name in self.names:
            if "Node" in self.types[name]:
                for entity in _ENTITIES:
                    self.types[name][entity].setdefault("id", "ID! @shareable")
            if not self.types[name].get("Query"):
                self.types[name]["Query"] = {f"only_{name}": "Int"}
        return {name: self._print(name) for name in self.names}

    def _declare_entity(self, entity: str, name: str) -> None:
        keys = [key for key in _KEYS if self.random.random() < 0.35 + 0.45 * (key == "id")] or ["id"]
        if self.random.random() < 0.15 and len(keys) > 1:
            keys = [" ".join(keys)]
        self.keys[name, entity] = keys
        self.types[name][entity] = {key: "ID! @shareable" for text in keys for key in text.split()}

    def _owners(self) -> list[str]:
        count = self.random.choice((1, 1, 2, 2, 3)) if self.random.random() < self.loose else 1
        return self.random.sample(self.names, min(count, len(self.names)))

    def _share(self, owner: str, field: str, kind: str) -> None:
        for name in self._owners():
            self.types[name].setdefault(owner, {})[field] = f"{kind} @shareable"
            self._ensure(kind.strip("[]"), name)

    def _ensure(self, kind: str, name: str) -> None:
        if kind == "Value" and "Value" not in self.types[name]:
            parts = self.random.sample(["left", "right", "both"], self.random.choice((2, 3)))
            self.types[name]["Value"] = dict.fromkeys([*parts, "all"], "Int @shareable")
            if self.random.random() < 0.4:
                self.types[name]["Value"]["inner"] = "A @shareable"
        elif kind in _ABSTRACT:
            self.types[name].setdefault(kind, {})

    def _require(self, entity: str) -> None:
        target = self.random.choice(self.names)
        here = self.types[target][entity]
        known = {f for name in self.names for f in self.types[name][entity] if f[0] == "f" and f not in here}
        for field in self.random.sample(sorted(known), min(len(known), self.random.choice((1, 2)))):
            kind = next(t[entity][field] for t in self.types.values() if field in t[entity]).split()[0]
            here[field] = f"{kind} @external"
            fields = " ".join(f for f, text in here.items() if text.endswith("@external"))
            here["computed"] = f'String @requires(fields: "{fields}")'

    def _provide(self, entity: str) -> None:
        """Let a relation bring a field of the entity that its subgraph doesn't resolve."""
        for name in self.names:
            here = self.types[name][entity]
            known = sorted({f for n in self.names for f in self.types[n][entity] if f[0] == "f" and f not in here})
            relations = [
                (owner, field)
                for owner, fields in self.types[name].items()
                for field, text in fields.items()
                if text.split()[0].strip("[]") == entity and "@provides" not in text
            ]
            if known and relations:
                owner, relation = self.random.choice(relations)
                field = self.random.choice(known)
                kind = next(t[entity][field] for t in self.types.values() if field in t[entity]).split()[0]
                here[field] = f"{kind} @external"
                self.types[name][owner][relation] += f' @provides(fields: "{field}")'
                return

    def _print(self, name: str) -> str:
        parts = [f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: {_IMPORTS})']
        for kind, fields in self.types[name].items():
            if kind == "Any":
                parts.append(f"union Any = {' | '.join(_ENTITIES)}")
                continue
            if kind == "Node":
                parts.append("interface Node { id: ID! }")
                continue
            body = "\n".join(f"  {field}: {text}" for field, text in fields.items())
            keys = "".join(f' @key(fields: "{key}")' for key in self.keys.get((name, kind), ()))
            implements = " implements Node" if kind in _ENTITIES and "Node" in self.types[name] else ""
            parts.append(f"type {kind}{implements}{keys} {{\n{body}\n}}")
        return "\n\n".join(parts) + "\n"
