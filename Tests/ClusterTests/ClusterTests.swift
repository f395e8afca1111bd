import Testing

/// The scripts of cluster/slurm on hosts made of namespaces, with a real Slurm. The tests run at the
/// same time, each in a lab of its own, because they mostly wait.
@Suite("Cluster", .enabled(if: Lab.isPossible, "\(Lab.needs)"))
struct ClusterTests {}
