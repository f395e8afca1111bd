#!/usr/bin/env python3
"""Checks the pods of an MPIJob, whose own schema kubernetes-validate does not have.

    scripts/check-mpijob.py cluster/kubernetes/mpijob.yaml

Needs kubernetes-validate (PyPI). Without it, nothing is checked.
"""
import sys

try:
    import kubernetes_validate
    import yaml
except ImportError:
    sys.exit(print("kubernetes-validate is not installed: the MPIJob is not checked", file=sys.stderr))

with open(sys.argv[1]) as file:
    documents = list(yaml.safe_load_all(file))
for document in documents:
    if document["kind"] != "MPIJob":
        kubernetes_validate.validate(document, "1.30", strict=True)
        continue
    for name, replica in document["spec"]["mpiReplicaSpecs"].items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name.lower()}}
        pod["spec"] = {**replica["template"]["spec"], "restartPolicy": replica["restartPolicy"]}
        kubernetes_validate.validate(pod, "1.30", strict=True)
        print(f"{sys.argv[1]}: {name} is valid")
