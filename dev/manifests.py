"""Rendered objects -> plain manifests for those who use kubectl alone.

Enters: the umbrella's objects. Leaves: YAML by file name, with a kustomization. Invariant: nothing in them needs
helm: what only hooks can do, the schema gate and the test, is left out, and what remains can be applied at once.
"""

from typing import Any

import yaml

HEAD = "# Written by `make charts` from charts/supergraph with its default values.\n"
LEFT_OUT = ("schema-gate", "test")
PREFIX = "app.kubernetes.io/"


class Readable(yaml.SafeDumper):
    """Texts of several lines as such."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Readable.add_representer(str, _text)


def plain_manifests(documents: list[dict[str, Any]]) -> dict[str, str]:
    """Return the files of the folder, by name."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        labels = document["metadata"]["labels"]
        if labels["app.kubernetes.io/component"] in LEFT_OUT:
            continue
        file = "supergraph" if labels["app.kubernetes.io/component"] == "supergraph" else labels[f"{PREFIX}instance"]
        by_file.setdefault(f"{file}.yaml", []).append(_without_helm(document))
    files = {
        name: HEAD + yaml.dump_all(found, Dumper=Readable, sort_keys=False) for name, found in sorted(by_file.items())
    }
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    return {**files, "kustomization.yaml": HEAD + yaml.dump(kustomization, Dumper=Readable, sort_keys=False)}


def _without_helm(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {key: _without_helm(value) for key, value in node.items() if not str(key).startswith("helm.sh/")}
        if kept.get(f"{PREFIX}managed-by") == "Helm":
            del kept[f"{PREFIX}managed-by"]
        return {key: value for key, value in kept.items() if not (key == "annotations" and not value)}
    return [_without_helm(each) for each in node] if isinstance(node, list) else node
