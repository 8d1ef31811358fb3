"""Ways to spoil deploy/, by the check that has to notice."""


MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade"


def pod(files, name="mynah-asr"):
    return files.document("Deployment", name)["spec"]["template"]["spec"]


def container(files, name="mynah-asr"):
    return pod(files, name)["containers"][0]


def scaled(files):
    return files.document("ScaledObject", "mynah-asr")["spec"]


def service(files, name="asr"):
    return files.compose["services"][name]


def change(of, key, value):
    """A spoiler that puts `value` there, or takes the key away for None."""

    def spoil(files):
        there = of(files)
        if value is None:
            del there[key]
        else:
            there[key] = value

    return spoil


def data(files):
    return files.document("ConfigMap", "mynah")["data"]


def attribute(name, edit):
    return lambda files: setattr(files, name, edit(getattr(files, name)))


def secret(files):
    files.manifests["secret.yaml"] = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}
    ]
    files.kustomization["resources"].append("secret.yaml")


ALL = {
    "compose schema": [
        change(service, "restrat", "always"),
        change(service, "command", {"run": "asr"}),
    ],
    "kubernetes schema": [
        change(lambda f: f.document("Service", "mynah-gateway"), "apiVersion", "v2"),
        change(container, "readynessProbe", {}),
        change(lambda f: container(f)["ports"][0], "containerPort", "many"),
        change(lambda f: f.document("Service", "mynah-gateway")["spec"], "ports", "http"),
        change(lambda f: f.document("NetworkPolicy", "mynah")["spec"], "egres", []),
        change(lambda f: f.document("Job", "mynah-init")["spec"], "template", None),
    ],
    "keda schema": [
        change(scaled, "maxReplicas", 4),
        change(scaled, "triggers", None),
        change(lambda f: scaled(f)["triggers"][0], "type", 7),
    ],
    "no_credentials_by_default": [
        change(lambda f: service(f)["environment"], "MYNAH_STORAGE__SECRET_KEY", "minioadmin"),
        change(lambda f: service(f, "minio")["environment"], "MINIO_ROOT_USER", "${STORAGE_ACCESS_KEY:-minioadmin}"),
        attribute("example", lambda text: text.replace("STORAGE_SECRET_KEY=", "STORAGE_SECRET_KEY=secret")),
        change(data, "MYNAH_STORAGE__SECRET_KEY", "secret"),
        secret,
    ],
    "variables_are_documented": [
        attribute("example", lambda text: text.replace("KAFKA_CLUSTER_ID=", "")),
        attribute("example", lambda text: text + "UNUSED=\n"),
    ],
    "compose_is_hardened": [
        change(service, "user", None),
        change(service, "user", "0:0"),
        change(service, "read_only", False),
        change(service, "cap_drop", None),
        change(service, "cap_add", ["NET_ADMIN"]),
        change(service, "security_opt", []),
        change(service, "tmpfs", []),
        change(service, "privileged", True),
        change(service, "restart", None),
        change(service, "deploy", None),
        change(service, "healthcheck", None),
        change(lambda f: service(f, "kafka"), "image", "apache/kafka"),
        change(lambda f: service(f, "kafka"), "image", "apache/kafka:latest"),
    ],
    "only_the_gateway_is_published": [
        change(lambda f: service(f, "kafka"), "ports", ["127.0.0.1:9092:9092"]),
        change(lambda f: service(f, "gateway"), "ports", ["8080:8080"]),
        change(lambda f: service(f, "minio"), "networks", ["inside", "outside"]),
        change(lambda f: f.compose["networks"], "inside", {}),
    ],
    "no_container_reaches_the_internet": [
        change(lambda f: f.compose["networks"], "outside", {}),
        change(lambda f: f.compose["networks"]["outside"]["driver_opts"], MASQUERADE, "true"),
        change(lambda f: f.document("NetworkPolicy", "mynah")["spec"]["egress"][0], "to", None),
        change(lambda f: f.document("NetworkPolicy", "mynah")["spec"], "policyTypes", ["Ingress"]),
        change(
            lambda f: f.document("NetworkPolicy", "mynah")["spec"]["egress"][0],
            "to",
            [{"ipBlock": {"cidr": "0.0.0.0/0"}}],
        ),
    ],
    "the_store_has_a_user_for_one_bucket": [
        change(lambda f: service(f)["environment"], "MYNAH_STORAGE__ACCESS_KEY", "${MINIO_ROOT_USER:?why}"),
        change(lambda f: f.policy["Statement"][0], "Resource", ["arn:aws:s3:::*"]),
        change(lambda f: f.policy["Statement"][0], "Action", ["s3:*"]),
    ],
    "pods_are_hardened": [
        change(pod, "securityContext", None),
        change(lambda f: pod(f)["securityContext"], "runAsNonRoot", False),
        change(lambda f: pod(f)["securityContext"], "runAsUser", 0),
        change(lambda f: pod(f)["securityContext"], "seccompProfile", None),
        change(pod, "automountServiceAccountToken", True),
        change(pod, "terminationGracePeriodSeconds", None),
        change(lambda f: container(f)["securityContext"], "readOnlyRootFilesystem", False),
        change(lambda f: container(f)["securityContext"], "allowPrivilegeEscalation", True),
        change(lambda f: container(f)["securityContext"]["capabilities"], "add", ["SYS_ADMIN"]),
        change(lambda f: container(f)["resources"], "limits", None),
        change(lambda f: container(f)["resources"], "requests", None),
        change(container, "volumeMounts", []),
    ],
    "deployments_are_probed": [
        change(container, "startupProbe", None),
        change(container, "livenessProbe", None),
        change(lambda f: container(f, "mynah-gateway"), "readinessProbe", None),
        change(lambda f: container(f)["readinessProbe"]["httpGet"], "path", "/livez"),
        change(lambda f: container(f)["readinessProbe"]["httpGet"], "port", 8080),
        change(container, "lifecycle", None),
    ],
    "stages_match": [
        change(lambda f: f.compose["services"], "asr", None),
        change(container, "args", ["pipeline", "run", "--stages", "vad"]),
        change(scaled, "maxReplicaCount", 5),
        change(lambda f: scaled(f)["triggers"][0]["metadata"], "query", "sum(up)"),
        change(lambda f: scaled(f)["scaleTargetRef"], "name", "asr"),
    ],
    "selectors_meet": [
        change(lambda f: f.document("Service", "mynah-gateway")["spec"]["selector"], "app.kubernetes.io/name", "minah"),
        change(
            lambda f: f.document("PodDisruptionBudget", "mynah-asr")["spec"]["selector"]["matchLabels"],
            "app.kubernetes.io/component",
            "asrr",
        ),
    ],
    "kustomization_is_whole": [
        change(lambda f: f.kustomization, "resources", ["settings.yaml"]),
        lambda f: f.kustomization["resources"].append("other.yaml"),
    ],
    "image_is_sound": [
        attribute("dockerfile", lambda text: text.replace(" espeak-ng", "")),
        attribute("dockerfile", lambda text: text.replace("USER 10001:10001", "")),
        attribute("dockerfile", lambda text: text.replace("rust:1", "rust:0")),
        attribute("ignored", lambda text: text.replace("!bench\n", "")),
    ],
}
