// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The instruction set the kernels are compiled for: a level, never `native`, so that a build says
/// what it needs. `RL_ARCH` overrides; the program checks its processor when it starts.
let kernelArchitecture: [String] = {
  #if arch(x86_64)
    let level =
      Context.environment["RL_ARCH"]
      ?? {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let features = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
        return features.allSatisfy(cpu.contains) ? "x86-64-v4" : "x86-64-v3"
      }()
    guard ["x86-64-v3", "x86-64-v4"].contains(level) else {
      fatalError("RL_ARCH: expected x86-64-v3 or x86-64-v4, found \(level)")
    }
    let wide = level == "x86-64-v4"
    return ["-Xcc", "-march=\(level)"]
      + (wide ? ["-DWIDE_VECTORS", "-Xcc", "-mprefer-vector-width=512"] : [])
  #else
    return ["-DWIDE_VECTORS"]
  #endif
}()

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Kernels carry no checks (shapes are checked in `TensorCore`), so that debug builds are usable.
let unchecked: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .unsafeFlags(["-Ounchecked", "-Xllvm", "-unroll-threshold=4000"] + kernelArchitecture),
]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

let package = Package(
  name: "rl",
  products: [.executable(name: "rl", targets: ["rl"])],
  targets: [
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CIntrinsics"),
    .target(name: "Vectors", dependencies: ["CIntrinsics"], swiftSettings: unchecked),
    .target(name: "Kernels", dependencies: ["Vectors", "COpenBLAS"], swiftSettings: unchecked),
    module("Platform", ["CIntrinsics"]),
    module("Randomness", []),
    module("Configuration", ["Platform"]),
    module("TensorCore", ["Kernels", "Randomness"]),
    module("NeuralNetworks", ["TensorCore", "Configuration", "Platform"]),
    module("Objectives", ["TensorCore"]),
    module("Worlds", ["Objectives", "NeuralNetworks", "Randomness"]),
    module("Tokenizers", ["Configuration"]),
    module("LanguageModels", ["NeuralNetworks", "Configuration"]),
    module("EnvironmentKit", ["Configuration", "Randomness", "Platform"]),
    module("Environments", ["EnvironmentKit"]),
    module(
      "PostTraining",
      [
        "LanguageModels", "Objectives", "Worlds", "Tokenizers", "EnvironmentKit", "Configuration",
        "Platform",
      ]),
    .executableTarget(
      name: "rl",
      dependencies: [
        "PostTraining", "Environments", "Platform", "TensorCore", "Kernels", "Randomness",
      ],
      // The program checks its processor before it calls anything compiled for more.
      swiftSettings: strict
        + (kernelArchitecture.contains("-DWIDE_VECTORS") ? [.define("WIDE_VECTORS")] : [])),
    module("TestSupport", ["TensorCore", "Configuration", "Randomness"]),
    tests("Kernels", ["Randomness"]),
    tests("Platform"),
    tests("Randomness"),
    tests("Configuration"),
    tests("TensorCore", ["Randomness"]),
    tests("NeuralNetworks"),
    tests("Objectives"),
    tests("Worlds", ["Objectives", "TensorCore"]),
    tests("Tokenizers"),
    tests("LanguageModels"),
    tests("EnvironmentKit"),
    tests("Environments", ["EnvironmentKit"]),
    tests("PostTraining", ["Environments", "Platform", "TensorCore", "Configuration"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["rl", "TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
