// swift-tools-version: 6.2
import PackageDescription

// The fuzzer: libFuzzer around the targets of Tests/Support/FuzzTargets. A package of its own, because it alone needs
// an unsafe flag: libFuzzer brings the main function. scripts/soak builds and runs it.
let package = Package(
    name: "fuzzers",
    dependencies: [.package(name: "postern", path: "../..")],
    targets: [
        .executableTarget(
            name: "Fuzzer", dependencies: [.product(name: "FuzzTargets", package: "postern")],
            swiftSettings: [
                .strictMemorySafety(), .treatAllWarnings(as: .error), .unsafeFlags(["-parse-as-library"]),
            ])
    ],
    swiftLanguageModes: [.v6]
)
