"""A subgraph that links a feature newer than its federation version is treated as if it had linked that version."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.federation.errors import HintCode
from router.federation.subgraph import Version
from router.federation.upgrade import UPGRADED_VERSION
from router.federation.versions import FEDERATION_IDENTITY, SPECS_DOMAIN, own_vocabulary

#: Features that tell since when federation has them. The specifications of the others don't say, so they imply nothing.
_SINCE: dict[str, Version] = {
    f"{SPECS_DOMAIN}authenticated": (2, 5),
    f"{SPECS_DOMAIN}cost": (2, 9),
}


def hint_implicit_upgrades(merge: Merge) -> None:
    """Tell of subgraphs whose own features need a newer federation than they link."""
    for index, subgraph in enumerate(merge.subgraphs):
        linked = next((feature for feature in subgraph.features if feature.identity == FEDERATION_IDENTITY), None)
        version = UPGRADED_VERSION if linked is None else linked.version
        known = (item for item in subgraph.features if own_vocabulary(item.identity, item.version) is not None)
        needing = max(known, key=lambda item: _SINCE.get(item.identity, (0, 0)), default=None)
        newest = (0, 0) if needing is None else _SINCE.get(needing.identity, (0, 0))
        if needing is not None and newest > version:
            merge.report.hint(
                HintCode.IMPLICITLY_UPGRADED_FEDERATION_VERSION,
                f"{subgraph.name} links federation {_spell(version)}, but uses a feature of {_spell(newest)}; "
                f"it is read as {_spell(newest)}",
                [(index, linked or needing)],
            )


def _spell(version: Version) -> str:
    return f"v{version[0]}.{version[1]}"
