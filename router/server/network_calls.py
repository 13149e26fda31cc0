"""How subgraphs are asked over the network, and what happens when they fail, by the settings.

Enters: settings. Leaves: transports. Invariant: a setting by subgraph stands in place of the one for all, as a whole.
"""

from __future__ import annotations

from router.config.settings import Settings
from router.config.subgraph_faults import SubgraphTls
from router.execution.transport import SubgraphTransport
from router.execution.transports.circuit_breaker import BreakerRules
from router.execution.transports.guarded import GuardedTransport, GuardRules
from router.execution.transports.network import NetworkSettings, NetworkTransport
from router.execution.transports.retrying import RetryRules


def open_network(settings: Settings) -> NetworkTransport:
    """Return the transport that sends; nothing is connected to yet."""
    tls = settings.tls.subgraph
    return NetworkTransport(
        NetworkSettings(
            ca_certificates=_certificates(tls.all),
            ca_by_subgraph={name: _certificates(chosen) for name, chosen in tls.subgraphs.items()},
        )
    )


def guard_calls(settings: Settings, transport: SubgraphTransport) -> GuardedTransport:
    """Return the transport with circuit breakers and retries before it, where the settings want them."""
    shaping = settings.traffic_shaping

    def rules_of(subgraph: str) -> GuardRules:
        chosen = shaping.subgraphs.get(subgraph, shaping.all)
        breaker, retry = chosen.circuit_breaker, chosen.retry
        opens = BreakerRules(
            failure_share=breaker.failure_share,
            least_calls=breaker.least_calls,
            window=breaker.window,
            hold=breaker.hold,
            longest_hold=breaker.longest_hold,
        )
        repeats = RetryRules(retry.share, retry.least_per_second, retry.longest_wait)
        # No call has more time than a client's request has.
        timeout = min(chosen.timeout, shaping.router.timeout)
        return GuardRules(opens if breaker.enabled else None, repeats if retry.enabled else None, timeout)

    return GuardedTransport(transport, rules_of)


def _certificates(tls: SubgraphTls) -> tuple[bytes, ...]:
    return () if tls.certificate_authorities is None else (tls.certificate_authorities.encode(),)
