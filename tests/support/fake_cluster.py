"""A Kubernetes API server on loopback, as far as publishing needs one: ConfigMaps with versions, Deployments.

Enters: requests of the official client. Leaves: objects as the real server writes them, or its errors. Invariant: a
ConfigMap is replaced only at its current resourceVersion; anything else is a conflict (409), as in the real server.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml


class FakeCluster:
    def __init__(self) -> None:
        self.config_maps: dict[str, dict[str, Any]] = {}
        self.deployments: dict[str, dict[str, Any]] = {}
        self.forbidden: set[tuple[str, str]] = set()
        self.requests: list[tuple[str, str]] = []
        #: Called before a ConfigMap is replaced, so that a test can come between.
        self.before_replace: Callable[[], None] = lambda: None
        self.port = 0
        self._lock = threading.Lock()
        self._version = 100

    def put_config_map(self, name: str, data: dict[str, str]) -> None:
        with self._lock:
            self._version += 1
            metadata = {"name": name, "namespace": "shop", "resourceVersion": str(self._version)}
            labels = {"app.kubernetes.io/part-of": "learning-supergraph"}
            self.config_maps[name] = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {**metadata, "labels": labels},
                "data": data,
            }

    def entries(self, name: str = "supergraph") -> dict[str, str]:
        found: dict[str, str] = self.config_maps[name].get("data") or {}
        return found

    def put_deployment(
        self, name: str, *, updated: int, available: int, replicas: int = 2, generation: int = 2
    ) -> None:
        self.deployments[name] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "generation": generation},
            "spec": {"replicas": 2, "selector": {}, "template": {}},
            "status": {
                "observedGeneration": generation,
                "replicas": replicas,
                "updatedReplicas": updated,
                "availableReplicas": available,
            },
        }

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.requests.append((method, path.partition("?")[0]))
        match path.partition("?")[0].strip("/").split("/"):
            case ["api", "v1", "namespaces", "shop", "configmaps", name]:
                kind, stored = "configmaps", self.config_maps
            case ["apis", "apps", "v1", "namespaces", "shop", "deployments", name]:
                kind, stored = "deployments", self.deployments
            case _:
                return _status(404, "NotFound", "the server could not find the requested resource")
        if (method, name) in self.forbidden:
            return _status(403, "Forbidden", f'{kind} "{name}" is forbidden')
        if name not in stored:
            return _status(404, "NotFound", f'{kind} "{name}" not found')
        if method == "GET":
            return 200, stored[name]
        if method != "PUT" or kind != "configmaps":
            return _status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        self.before_replace()
        with self._lock:
            if body["metadata"]["resourceVersion"] != stored[name]["metadata"]["resourceVersion"]:
                return _status(409, "Conflict", "the object has been modified; please apply your changes to it")
        self.put_config_map(name, body.get("data") or {})
        return 200, stored[name]

    def write_kubeconfig(self, path: Path) -> Path:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "nobody", "namespace": "shop"}}],
            "current-context": "fake",
        }
        path.write_text(yaml.safe_dump(config))
        return path


def _status(code: int, reason: str, message: str) -> tuple[int, Any]:
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}


@contextmanager
def fake_cluster() -> Iterator[FakeCluster]:
    cluster = FakeCluster()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = cluster.answer(self.command, self.path, body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Tests need no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cluster.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
