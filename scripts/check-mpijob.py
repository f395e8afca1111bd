#!/usr/bin/env python3
"""Checks the pods of an MPIJob, whose own schema kubernetes-validate does not have.

    scripts/check-mpijob.py cluster/kubernetes/mpijob.yaml

Needs kubernetes-validate from PyPI.
"""
import sys

import kubernetes_validate
import yaml


def pods(job):
    """The pods that the operator makes from an MPIJob."""
    for name, replica in job["spec"]["mpiReplicaSpecs"].items():
        spec = {**replica["template"]["spec"], "restartPolicy": replica["restartPolicy"]}
        metadata = {"name": f"{job['metadata']['name']}-{name.lower()}"}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


with open(sys.argv[1]) as file:
    for document in yaml.safe_load_all(file):
        for part in pods(document) if document["kind"] == "MPIJob" else [document]:
            kubernetes_validate.validate(part, "1.30", strict=True)
