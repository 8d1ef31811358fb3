"""What deploy/ holds, parsed once. A spoilt copy is the same with one thing changed."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKLOADS = ("Deployment", "Job")


@dataclass
class Files:
    compose: dict
    example: str
    dockerfile: str
    ignored: str
    kustomization: dict
    policy: dict  # of Mynah's user at MinIO
    manifests: dict = field(default_factory=dict)  # file name -> documents

    def documents(self, *kinds):
        """Each document of these kinds (all without any), with its name in messages."""
        for name, documents in sorted(self.manifests.items()):
            for document in documents:
                if not kinds or document["kind"] in kinds:
                    yield f"{name}: {document['kind']} {document['metadata']['name']}", document

    def document(self, kind, name):
        return next(d for _, d in self.documents(kind) if d["metadata"]["name"] == name)

    def pods(self):
        for name, document in self.documents(*WORKLOADS):
            yield name, document["spec"]["template"]["spec"]


def read():
    deploy = ROOT / "deploy"
    kubernetes = deploy / "kubernetes"
    return Files(
        compose=yaml.safe_load((deploy / "compose.yaml").read_text()),
        example=(deploy / ".env.example").read_text(),
        dockerfile=(deploy / "Dockerfile").read_text(),
        ignored=(deploy / "Dockerfile.dockerignore").read_text(),
        kustomization=yaml.safe_load((kubernetes / "kustomization.yaml").read_text()),
        policy=json.loads((deploy / "minio-policy.json").read_text()),
        manifests={
            file.name: list(yaml.safe_load_all(file.read_text()))
            for file in kubernetes.glob("*.yaml")
            if file.name != "kustomization.yaml"
        },
    )


def strings(value):
    """Every string within, keys as well."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def variables(compose):
    """The variables of a compose file: name -> what stands after it, such as `:?message`."""
    found = {}
    for text in strings(compose):
        for name, rest in re.findall(r"\$\{(\w+)([^}]*)\}", text):
            found[name] = rest
    return found
