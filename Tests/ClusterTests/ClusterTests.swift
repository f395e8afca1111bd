import Foundation
import Testing

/// The scripts of cluster/slurm on hosts made of namespaces, with a real Slurm. The tests run at the
/// same time, each in a lab of its own, because they mostly wait.
@Suite("Cluster", .enabled(if: Lab.isPossible, "\(Lab.needs)"))
struct ClusterTests {}

/// The same with jobs that are cancelled, preempted and requeued, and hosts that are lost. These tests
/// depend on Slurm's timeouts and take minutes, so only `scripts/test-cluster.sh` runs them.
@Suite(
  "Cluster with disturbances",
  .enabled(
    if: Lab.isPossible && ProcessInfo.processInfo.environment["DIFFUSE_MPI_CLUSTER_TESTS"] == "all",
    "run scripts/test-cluster.sh; \(Lab.needs)"))
struct DisturbedClusterTests {}
