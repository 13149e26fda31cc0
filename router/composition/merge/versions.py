"""A subgraph that links a feature newer than its federation version is treated as if it had linked that version."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.federation.errors import HintCode
from router.federation.subgraph import Version
from router.federation.versions import FEDERATION_IDENTITY, SPECS_DOMAIN

#: Features that tell since when federation has them. The specifications of the others don't say, so they imply nothing.
_SINCE: dict[str, Version] = {
    f"{SPECS_DOMAIN}authenticated": (2, 5),
    f"{SPECS_DOMAIN}cost": (2, 9),
    f"{SPECS_DOMAIN}cacheTag": (2, 12),
}


def hint_implicit_upgrades(merge: Merge) -> None:
    """Tell of subgraphs whose own features need a newer federation than they link."""
    for index, subgraph in enumerate(merge.subgraphs):
        linked = next((feature for feature in subgraph.features if feature.identity == FEDERATION_IDENTITY), None)
        newest = max((_SINCE.get(feature.identity, (0, 0)) for feature in subgraph.features), default=(0, 0))
        if linked is not None and newest > linked.version:
            merge.report.hint(
                HintCode.IMPLICITLY_UPGRADED_FEDERATION_VERSION,
                f"{subgraph.name} links federation {_spell(linked.version)}, but uses a feature of {_spell(newest)}; "
                f"it is read as {_spell(newest)}",
                [(index, linked)],
            )


def _spell(version: Version) -> str:
    return f"v{version[0]}.{version[1]}"
