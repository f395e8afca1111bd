// swift-tools-version: 6.2
import PackageDescription

// One room a target; the arrows between them are those of docs/architecture.md.
// Each C library has one door: COpenMPI, COneDNN, CPNG, CCrypto.
let package = Package(
  name: "diffuse-mpi",
  products: [.executable(name: "diffuse-mpi", targets: ["diffuse-mpi"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "5.0.1"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(
      name: "CKernels",
      // The loops are the product: they are optimised in debug builds too.
      cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])],
      linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),

    .target(name: "CArguments"),
    .target(name: "CThreads"),
    .target(name: "Threads", dependencies: ["CThreads"]),
    .target(name: "Terminal", dependencies: ["Threads"]),
    .target(name: "Hashing", dependencies: ["CCrypto"]),
    .target(name: "Wording"),
    .target(name: "Files"),
    .target(name: "JSON"),
    .target(name: "Compute", dependencies: ["COneDNN", "CKernels"]),
    .target(
      name: "Checkpoint",
      dependencies: ["CPNG", "Compute", "Files", "Hashing", "JSON", "Wording"]),
    .target(name: "Cache", dependencies: ["Compute", "Checkpoint", "Files", "Hashing"]),
    .target(
      name: "Model",
      dependencies: [
        "Compute", "Checkpoint", "Diffusion", "Wording",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.copy("Bundled"), .copy("ImageNet")]),
    .target(name: "Arguments", dependencies: ["Job", "Model", "Wording"]),
    .target(name: "Diffusion", dependencies: ["Compute", "CKernels"]),
    .target(
      name: "Recipe", dependencies: ["Checkpoint", "Compute", "Diffusion", "Hashing", "Model"]),
    .target(name: "Job", dependencies: ["Files", "Hashing", "JSON", "Terminal", "Wording"]),
    .target(name: "Machine", dependencies: ["CKernels", "Job", "Threads"]),
    .target(name: "Messaging", dependencies: ["COpenMPI", "Job", "Machine", "Terminal"]),
    .target(
      name: "Output",
      dependencies: ["CPNG", "Checkpoint", "Files", "Hashing", "Job", "Threads", "Wording"],
      resources: [.copy("Pictures/Font")]),
    .target(
      name: "Worker",
      dependencies: [
        "Cache", "Checkpoint", "Compute", "Diffusion", "Files", "Hashing", "Job", "Machine",
        "Messaging", "Model", "Output", "Recipe", "Terminal", "Threads",
      ]),
    .target(
      name: "Coordinator", dependencies: ["Files", "Job", "Messaging", "Terminal", "Wording"]),
    .target(
      name: "Program",
      dependencies: [
        "Arguments", "Cache", "Checkpoint", "Compute", "Coordinator", "Diffusion", "Files", "Job",
        "Machine", "Messaging", "Model", "Output", "Recipe", "Terminal", "Threads", "Wording",
        "Worker",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "diffuse-mpi",
      dependencies: [
        "Arguments", "CArguments", "Cache", "Compute", "Diffusion", "Files", "Job", "Machine",
        "Messaging", "Model", "Output", "Program", "Terminal", "Wording",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "CHeap", path: "Tests/CHeap"),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal"]),
    .testTarget(name: "ThreadsTests", dependencies: ["Threads"]),
    .testTarget(name: "WordingTests", dependencies: ["Wording"]),
    .testTarget(name: "HashingTests", dependencies: ["Hashing"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "ComputeTests", dependencies: ["Compute", "CHeap", "TestSupport"]),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "Compute", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CacheTests",
      dependencies: ["Cache", "Checkpoint", "Compute", "TestSupport", "Threads"]),
    .testTarget(
      name: "ModelTests",
      dependencies: ["Model", "Diffusion", "Checkpoint", "Compute", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "RecipeTests", dependencies: ["Compute", "Diffusion", "Model", "Recipe"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "WorkerTests",
      dependencies: ["Cache", "Diffusion", "Job", "Messaging", "TestSupport", "Threads", "Worker"]),
    .testTarget(
      name: "ArgumentsTests", dependencies: ["Arguments", "Job", "Model", "TestSupport"]),
    .testTarget(
      name: "DiffusionTests", dependencies: ["Compute", "Diffusion", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "JobTests", dependencies: ["Arguments", "Job", "TestSupport"]),
    .testTarget(name: "MachineTests", dependencies: ["Machine", "TestSupport"]),
    .testTarget(
      name: "MessagingTests", dependencies: ["Job", "Messaging", "messaging-probe", "TestSupport"]),
    .testTarget(name: "OutputTests", dependencies: ["Files", "Job", "Output", "TestSupport"]),
    .testTarget(
      name: "CoordinatorTests",
      dependencies: [
        "Coordinator", "Job", "Messaging", "Output", "ScaleModel", "Terminal",
        "handout-benchmark", "messaging-probe", "TestSupport",
      ]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "Arguments", "Cache", "Checkpoint", "Compute", "Coordinator", "Diffusion", "Job",
        "Machine", "Messaging", "Model", "Output", "Program", "TestSupport", "Worker",
      ]),
    .testTarget(
      name: "EndToEndTests", dependencies: ["diffuse-mpi", "Output", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ClusterTests", dependencies: ["diffuse-mpi", "TestSupport"], exclude: ["Lab"]),
    .testTarget(name: "BenchmarkTests", dependencies: ["step-benchmark", "TestSupport"]),
    .executableTarget(
      name: "step-benchmark",
      dependencies: [
        "CKernels", "COneDNN", "Checkpoint", "Compute", "Diffusion", "Job", "Machine", "Model",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/StepBenchmark"),
    .executableTarget(
      name: "handout-benchmark",
      dependencies: [
        "Coordinator", "Job", "Messaging", "Output", "Terminal", "Worker",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/HandoutBenchmark"),
    .executableTarget(
      name: "scale-simulation",
      dependencies: [
        "Job", "ScaleModel", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/ScaleSimulation"),

    // The coordinator with thousands of ranks in virtual time.
    .target(
      name: "ScaleModel", dependencies: ["Coordinator", "Job", "Messaging", "TestSupport"],
      path: "Tests/ScaleModel"),
    // What tests of whole processes share, and the program they start: both loops, a fake network.
    .target(
      name: "TestSupport", dependencies: ["Cache", "Compute", "Job", "Messaging", "Output"],
      path: "Tests/TestSupport"),
    .executableTarget(
      name: "messaging-probe",
      dependencies: [
        "Arguments", "Cache", "Coordinator", "Job", "Machine", "Messaging", "Terminal",
        "TestSupport", "Worker",
      ],
      path: "Tests/MessagingProbe"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
