"""Checks against the schemas of those who made Compose, Kubernetes and KEDA."""

import json
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = "1.34"
NATIVE = ("v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1")


def compose(path):
    validator = _validator(json.loads(Path(path).read_text()))

    def check(files):
        return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(files.compose)]

    return check


def kubernetes(files):
    problems = []
    for name, document in files.documents():
        if document["apiVersion"].startswith("keda.sh/"):
            continue
        if document["apiVersion"] not in NATIVE:
            problems.append(f"{name}: nothing here checks {document['apiVersion']}")
            continue
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{name}: {'.'.join(map(str, error.path))}: {error.message}")
    return problems


def keda(path):
    crd = yaml.safe_load(Path(path).read_text())
    schemas = {v["name"]: v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"]}

    def check(files):
        problems = []
        for name, document in files.documents("ScaledObject"):
            version = document["apiVersion"].removeprefix("keda.sh/")
            if version not in schemas:
                problems.append(f"{name}: no version {version}")
                continue
            # A cluster prunes what a schema does not name; here it is an error.
            validator = _validator(_closed(schemas[version]))
            problems += [f"{name}: {e.json_path}: {e.message}" for e in validator.iter_errors(document)]
        return problems

    return check


def _validator(schema):
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    return kind(schema)


def _closed(schema):
    if isinstance(schema, list):
        return [_closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(inner) for key, inner in schema.items()}
    named = "properties" in closed and closed.get("type") == "object"
    if named and "additionalProperties" not in closed and "x-kubernetes-preserve-unknown-fields" not in closed:
        closed["additionalProperties"] = False
    return closed
