// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled in Swift 6 mode, with strict memory safety and warnings as errors.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], data: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: data ? [.copy("Golden")] : [], swiftSettings: settings)
}

// Imports go downward only; Tests/StyleTests holds the same table as data.
let package = Package(
    name: "postern",
    products: [
        .executable(name: "postern", targets: ["postern"]),
        .executable(name: "faulty-upstream", targets: ["faulty-upstream"]),
        // For the fuzzers of Tests/Fuzzers.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CCAres", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        room("Bytes"),
        room("Platform", ["CLinux", "Bytes"]),
        room("HTTP", ["Bytes"]),
        room("EventLoop", ["Bytes", "Platform"]),
        room("HTTP2", ["Bytes", "HTTP", "CNGHTTP2"]),
        room("TLS", ["Bytes", "COpenSSL"]),
        room("Failures", ["Bytes", "HTTP"]),
        room("Configuration", ["Bytes", "Platform", "HTTP", "CPCRE2"]),
        room("Logs", ["Bytes", "Platform", "Failures", "Configuration"]),
        room("Routing", ["Bytes", "Platform", "HTTP", "Failures", "Configuration"]),
        room("Resolver", ["Bytes", "Platform", "CCAres"]),
        room("Upstreams", ["Bytes", "Platform", "Configuration", "Failures"]),
        room(
            "ProxyCore",
            [
                "Bytes", "Platform", "HTTP", "EventLoop", "HTTP2", "TLS", "Failures", "Configuration", "Logs", "Routing",
                "Resolver", "Upstreams",
            ]),
        room(
            "Server",
            ["Bytes", "Platform", "EventLoop", "TLS", "Failures", "Configuration", "Upstreams", "ProxyCore"]),
        room("FaultyUpstream", ["Bytes", "Platform"]),
        tests("BytesTests", ["Bytes"]),
        tests("EventLoopTests", ["EventLoop", "Platform"]),
        tests("FaultyUpstreamTests", ["Bytes", "Platform", "FaultyUpstream", "faulty-upstream"]),
        .target(
            name: "FuzzTargets", dependencies: ["Bytes", "Platform", "HTTP", "HTTP2", "TLS", "Configuration"],
            path: "Tests/Support/FuzzTargets", swiftSettings: settings),
        tests("FuzzTests", ["Bytes", "FuzzTargets"]),
        tests("HTTPTests", ["Bytes", "HTTP", "FuzzTargets"], data: true),
        tests("HTTP2Tests", ["Bytes", "HTTP", "HTTP2", "HTTP2Frames"]),
        tests("ConfigurationTests", ["Configuration", "Platform", "Bytes", "FuzzTargets"], data: true),
        tests("RoutingTests", ["Bytes", "Platform", "HTTP", "Failures", "Configuration", "Routing"], data: true),
        tests("TLSTests", ["Bytes", "COpenSSL", "TLS"]),
        tests("FailuresTests", ["Bytes", "HTTP", "Failures"]),
        tests("UpstreamsTests", ["Bytes", "Platform", "Configuration", "Upstreams"]),
        tests("ResolverTests", ["Bytes", "Platform", "Resolver", "FaultyUpstream"]),
        .target(
            name: "SimulatedKernel", dependencies: ["Bytes", "Platform"], path: "Tests/Support/SimulatedKernel",
            swiftSettings: settings),
        tests("SimulatedKernelTests", ["Bytes", "Platform", "SimulatedKernel"]),
        .testTarget(name: "StyleTests", exclude: ["known-offences.txt"], swiftSettings: settings),
        tests(
            "SimulationTests",
            [
                "Bytes", "Platform", "HTTP", "EventLoop", "HTTP2", "Configuration", "Resolver", "TLS", "Upstreams",
                "ProxyCore", "HTTP2Ends", "HTTP2Frames", "SimulatedKernel",
            ]),
        tests(
            "ProxyCoreTests",
            ["Bytes", "Platform", "EventLoop", "Configuration", "Failures", "HTTP", "Upstreams", "ProxyCore"],
            data: true),
        .target(name: "HTTP2Frames", path: "Tests/Support/HTTP2Frames", swiftSettings: settings),
        .target(
            name: "HTTP2Ends", dependencies: ["Bytes", "HTTP", "HTTP2"], path: "Tests/Support/HTTP2Ends",
            swiftSettings: settings),
        .target(
            name: "TestGateway",
            dependencies: ["Bytes", "Platform", "HTTP", "HTTP2", "HTTP2Ends", "HTTP2Frames", "TLS", "FaultyUpstream"],
            path: "Tests/Support/TestGateway", swiftSettings: settings),
        tests(
            "IntegrationTests", ["Bytes", "Platform", "FaultyUpstream", "HTTP2Frames", "TestGateway", "postern"]),
        tests("DifferentialTests", ["Platform", "TestGateway", "postern"]),
        .testTarget(
            name: "RealConfigurationTests", dependencies: ["Platform", "TestGateway", "postern"],
            exclude: ["RealConfigurations"], swiftSettings: settings),
        tests("FaultDifferentialTests", ["Bytes", "Platform", "FaultyUpstream", "TestGateway", "postern"]),
        .executableTarget(
            name: "postern", dependencies: ["Bytes", "Platform", "Configuration", "ProxyCore", "Server"],
            swiftSettings: settings),
        .executableTarget(
            name: "faulty-upstream", dependencies: ["FaultyUpstream", "Platform"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
