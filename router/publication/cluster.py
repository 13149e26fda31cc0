"""The Kubernetes API, as far as publishing needs it: one ConfigMap, and whether a rollout is done.

Enters: names. Leaves: entries with their version, a rollout's state. Invariant: a ConfigMap is replaced only at the
version that was read. The client is an optional package (`learning-supergraph[kubernetes]`), loaded when it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from router.errors import InputError, RouterError

_SECONDS: Final = 15
_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class ClusterError(RouterError):
    """The Kubernetes API can't be reached, or refuses."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a Deployment's rollout is; ``problem`` is why it will not go on."""

    done: bool
    text: str
    problem: str | None = None


class ConfigMap:
    """A ConfigMap as it was read; ``entries`` are its data."""

    def __init__(self, found: Any) -> None:
        self.found = found
        self.entries: Mapping[str, str] = dict(found.data or {})


class Cluster:
    """One namespace of a cluster. From inside a pod by its service account, else by the kubeconfig."""

    def __init__(self, namespace: str | None = None) -> None:
        try:
            from kubernetes import client
            from kubernetes import config as loading
        except ImportError:
            raise InputError(
                "the Kubernetes client is not installed; pip install 'learning-supergraph[kubernetes]'"
            ) from None
        config: Any = loading
        try:
            config.load_incluster_config()
            inside = _NAMESPACE_FILE.read_text(encoding="utf-8").strip() if _NAMESPACE_FILE.exists() else None
        except config.ConfigException:
            try:
                config.load_kube_config()
                _, current = config.list_kube_config_contexts()
            except config.ConfigException as error:
                raise InputError(f"no cluster is configured: {error}") from None
            inside = current["context"].get("namespace")
        self.namespace: str = namespace or inside or "default"
        self._core = client.CoreV1Api()
        self._apps = client.AppsV1Api()

    def read(self, name: str) -> ConfigMap:
        """Read a ConfigMap. Raises :class:`InputError` where there is none, :class:`ClusterError` for a failure."""
        try:
            return ConfigMap(self._core.read_namespaced_config_map(name, self.namespace, _request_timeout=_SECONDS))
        except Exception as error:
            if getattr(error, "status", None) == 404:
                raise InputError(
                    f"there is no ConfigMap {name} in namespace {self.namespace}; the router's chart makes it, "
                    "so install that first"
                ) from None
            raise self._failure(f"ConfigMap {name} can't be read", error) from None

    def replace(self, name: str, known: ConfigMap, entries: Mapping[str, str]) -> bool:
        """Replace the entries, unless somebody changed them since ``known`` was read; then return false."""
        body = known.found
        body.data = dict(entries)
        try:
            self._core.replace_namespaced_config_map(name, self.namespace, body, _request_timeout=_SECONDS)
        except Exception as error:
            if getattr(error, "status", None) == 409:
                return False
            raise self._failure(f"ConfigMap {name} can't be written", error) from None
        return True

    def rollout(self, name: str) -> Rollout:
        """Return how far a Deployment is. Only the pods of its newest template count as done."""
        try:
            found: Any = self._apps.read_namespaced_deployment(name, self.namespace, _request_timeout=_SECONDS)
        except Exception as error:
            raise self._failure(f"Deployment {name} can't be read", error) from None
        status, wanted = found.status, found.spec.replicas or 0
        for condition in status.conditions or ():
            if condition.type == "Progressing" and condition.reason == "ProgressDeadlineExceeded":
                return Rollout(False, "stuck", condition.message)
        updated, available, total = (
            getattr(status, each) or 0 for each in ("updated_replicas", "available_replicas", "replicas")
        )
        seen = (status.observed_generation or 0) >= found.metadata.generation
        done = seen and updated >= wanted and available >= wanted and total == updated
        return Rollout(done, f"{updated} of {wanted} pods are new, {available} are available")

    def _failure(self, what: str, error: Exception) -> RouterError:
        status = getattr(error, "status", None)
        if status == 403:
            return InputError(f"{what}: this account may not (403); the role must name it")
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        return ClusterError(f"{what} in namespace {self.namespace}: {f'{status} ' if status else ''}{reason}")
