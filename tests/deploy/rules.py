"""This project's rules for deploy/. Each takes the files and returns what is wrong."""

import re
import tomllib

from files import ROOT, variables

RUN_ONCE = ("init", "minio-user")
OUR_STAGES = ("vad", "asr", "translate", "speak")
SECRET = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|RESUME_KEY|ROOT_USER|TOKEN")


def services(files):
    return files.compose["services"].items()


def no_credentials_by_default(files):
    problems = []
    for name, service in services(files):
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key) and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)):
                problems.append(f"compose {name}: {key} must be ${{NAME:?why}}")
    for line in files.example.splitlines():
        key, _, value = line.partition("=")
        if SECRET.search(key) and not line.startswith("#") and value:
            problems.append(f".env.example: {key} has a value")
    for name, _ in files.documents("Secret"):
        problems.append(f"{name}: secrets are referred to, not committed")
    for name, document in files.documents("ConfigMap"):
        problems += [f"{name}: {key} is a secret" for key in document["data"] if SECRET.search(key)]
    return problems


def variables_are_documented(files):
    wanted = set(variables(files.compose))
    listed = set(re.findall(r"^(\w+)=", files.example, re.M))
    return [f".env.example lacks {n}" for n in wanted - listed] + [
        f".env.example names {n}, which nothing reads" for n in listed - wanted
    ]


def compose_is_hardened(files):
    problems = []
    for name, service in services(files):
        user = str(service.get("user", "0")).split(":")[0]
        right = {
            "a user that isn't root": user.isdigit() and int(user) > 0,
            "read_only": service.get("read_only") is True,
            "cap_drop ALL": service.get("cap_drop") == ["ALL"] and not service.get("cap_add"),
            "no-new-privileges": "no-new-privileges:true" in service.get("security_opt", []),
            "a tmpfs on /tmp": any(t.startswith("/tmp") for t in service.get("tmpfs", [])),
            "no privileged": not service.get("privileged"),
            "a restart policy": service.get("restart", "no") != "no",
            "limits": {"cpus", "memory", "pids"}
            <= set(service.get("deploy", {}).get("resources", {}).get("limits", {})),
            "a health check": "healthcheck" in service or name in RUN_ONCE,
            "a pinned image": _pinned(service["image"]),
        }
        problems += [f"compose {name}: needs {what}" for what, holds in right.items() if not holds]
    return problems


def only_the_gateway_is_published(files):
    problems = []
    for name, service in services(files):
        for port in service.get("ports", []):
            if name != "gateway" or not str(port).startswith("127.0.0.1:"):
                problems.append(f"compose {name}: publishes {port}")
        if name != "gateway" and service["networks"] != ["inside"]:
            problems.append(f"compose {name}: only the gateway leaves the network inside")
    if not files.compose["networks"]["inside"].get("internal"):
        problems.append("compose: the network inside is not internal")
    return problems


def no_container_reaches_the_internet(files):
    """Networks are internal, or without masquerading, which lets connections in but none out."""
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    problems = [
        f"compose: the network {name} lets connections out"
        for name, network in files.compose["networks"].items()
        if not network.get("internal") and network.get("driver_opts", {}).get(masquerade) != "false"
    ]
    for name, document in files.documents("NetworkPolicy"):
        for rule in document["spec"].get("egress", []):
            if not rule.get("to") or not rule.get("ports") or any("ipBlock" in peer for peer in rule["to"]):
                problems.append(f"{name}: lets connections out to more than it names")
    policy = files.document("NetworkPolicy", "mynah")["spec"]
    if "Egress" not in policy["policyTypes"]:
        problems.append("NetworkPolicy mynah: does not restrict what goes out")
    return problems


def the_store_has_a_user_for_one_bucket(files):
    """The administrator's password stays with MinIO and what makes the user."""
    problems = []
    for name, service in services(files):
        for key, value in service.get("environment", {}).items():
            if "MINIO_ROOT" in key + str(value) and name not in ("minio", "minio-user"):
                problems.append(f"compose {name}: has MinIO's administrator")
    bucket = files.compose["services"]["init"]["environment"]["MYNAH_STORAGE__URL"].removeprefix("s3://")
    for statement in files.policy["Statement"]:
        for resource in statement["Resource"]:
            if resource not in (f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"):
                problems.append(f"minio-policy.json: allows {resource}")
        if any("*" in action for action in statement["Action"]):
            problems.append("minio-policy.json: allows every action of a kind")
    return problems


def pods_are_hardened(files):
    problems = []
    for name, pod in files.pods():
        whole = pod.get("securityContext", {})
        right = {
            "runAsNonRoot": whole.get("runAsNonRoot") is True and whole.get("runAsUser", 0) > 0,
            "seccompProfile": whole.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "no token": pod.get("automountServiceAccountToken") is False,
            "60 s to end": pod.get("terminationGracePeriodSeconds") == 60,
        }
        for container in pod["containers"]:
            own = container.get("securityContext", {})
            right |= {
                "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem") is True,
                "no escalation": own.get("allowPrivilegeEscalation") is False,
                "drop ALL": own.get("capabilities") == {"drop": ["ALL"]},
                "limits": {"cpu", "memory"} <= set(container.get("resources", {}).get("limits", {})),
                "requests": {"cpu", "memory"} <= set(container.get("resources", {}).get("requests", {})),
                "/tmp": any(m["mountPath"] == "/tmp" for m in container.get("volumeMounts", [])),
            }
        problems += [f"{name}: needs {what}" for what, holds in right.items() if not holds]
    return problems


def deployments_are_probed(files):
    problems = []
    for name, document in files.documents("Deployment"):
        stage = document["metadata"]["name"].removeprefix("mynah-")
        port = 9090 if stage in OUR_STAGES else 8080
        for container in document["spec"]["template"]["spec"]["containers"]:
            ports = {p["name"]: p["containerPort"] for p in container["ports"]}
            for probe, path in {"startupProbe": "/startupz", "readinessProbe": "/readyz", "livenessProbe": "/livez"}.items():
                get = container.get(probe, {}).get("httpGet", {})
                if (get.get("path"), ports.get(get.get("port"), get.get("port"))) != (path, port):
                    problems.append(f"{name}: {probe} is not {path} on {port}")
            if "preStop" not in container.get("lifecycle", {}):
                problems.append(f"{name}: no preStop")
    return problems


def stages_match(files):
    """Compose and Kubernetes run the same stages, each alone, scaled by its own metric."""
    problems = []
    partitions = int(files.document("ConfigMap", "mynah")["data"]["MYNAH_BUS__PARTITIONS"])
    deployed = {d["metadata"]["name"] for _, d in files.documents("Deployment")}
    if deployed != {f"mynah-{s}" for s in (*OUR_STAGES, "gateway")}:
        problems.append(f"kubernetes: deploys {sorted(deployed)}")
    scaled = {d["spec"]["scaleTargetRef"]["name"]: d["spec"] for _, d in files.documents("ScaledObject")}
    for stage in OUR_STAGES:
        wanted = ["pipeline", "run", "--stages", stage]
        if files.compose["services"].get(stage, {}).get("command") != wanted:
            problems.append(f"compose {stage}: runs something else")
        if f"mynah-{stage}" in deployed:
            pod = files.document("Deployment", f"mynah-{stage}")["spec"]["template"]["spec"]
            if pod["containers"][0]["args"] != wanted:
                problems.append(f"kubernetes {stage}: runs something else")
        spec = scaled.get(f"mynah-{stage}")
        if spec is None:
            problems.append(f"kubernetes {stage}: nothing scales it")
            continue
        if not spec["minReplicaCount"] <= spec["maxReplicaCount"] <= partitions:
            problems.append(f"kubernetes {stage}: more replicas than the {partitions} partitions")
        if f'mynah_pipeline_waiting_audio_seconds{{stage="{stage}"}}' not in spec["triggers"][0]["metadata"]["query"]:
            problems.append(f"kubernetes {stage}: is scaled by another metric")
    return problems


def selectors_meet(files):
    """What a service, a budget or a policy selects is there."""
    problems = []
    labels = [d["spec"]["template"]["metadata"]["labels"] for _, d in files.documents("Deployment", "Job")]
    for name, document in files.documents("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment"):
        spec = document["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        selector = selector.get("matchLabels", selector)
        if not any(selector.items() <= one.items() for one in labels):
            problems.append(f"{name}: selects nothing")
    guarded = [d["spec"]["selector"]["matchLabels"] for _, d in files.documents("PodDisruptionBudget")]
    for name, document in files.documents("Deployment"):
        if document["spec"]["selector"]["matchLabels"] not in guarded:
            problems.append(f"{name}: has no PodDisruptionBudget")
    return problems


def kustomization_is_whole(files):
    listed, there = set(files.kustomization["resources"]), set(files.manifests)
    return [f"kustomization.yaml: {name} is listed or there, not both" for name in sorted(listed ^ there)]


def image_is_sound(files):
    """The image has the engines that script/demo installs, and ends as a user that isn't root."""
    setup = (ROOT / "script/lib/setup.sh").read_text()
    packages = re.search(r"^RUN_PACKAGES=\((.*)\)$", setup, re.M).group(1).split()
    last = files.dockerfile.rsplit("\nFROM ", 1)[1]
    problems = [f"Dockerfile: lacks {name}" for name in packages if name not in last.split()]
    users = re.findall(r"^USER (\d+):\d+$", last, re.M)
    if not users or int(users[-1]) == 0:
        problems.append("Dockerfile: ends as root")
    rust = re.search(r'^channel = "(\d+\.\d+)', (ROOT / "rust-toolchain.toml").read_text(), re.M).group(1)
    if f"FROM rust:{rust}-bookworm" not in files.dockerfile:
        problems.append(f"Dockerfile: is not built by Rust {rust}")
    members = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    for folder in sorted({member.split("/")[0] for member in members}):
        if f"!{folder}" not in files.ignored.splitlines():
            problems.append(f"Dockerfile.dockerignore: leaves out {folder}, which Cargo needs")
    return problems


def _pinned(image):
    name, _, digest = image.partition("@")
    _, colon, tag = name.rpartition(":")
    return bool(colon) and tag != "latest" and (not digest or digest.startswith("sha256:"))


ALL = (
    no_credentials_by_default,
    variables_are_documented,
    compose_is_hardened,
    only_the_gateway_is_published,
    no_container_reaches_the_internet,
    the_store_has_a_user_for_one_bucket,
    pods_are_hardened,
    deployments_are_probed,
    stages_match,
    selectors_meet,
    kustomization_is_whole,
    image_is_sound,
)
