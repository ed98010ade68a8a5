// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 language mode, and a warning is an error.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A command starts in milliseconds, and runs where no Swift is installed, with the standard library and Foundation inside.
/// Only this one is linked so: the tests' own library exists in dynamic form alone. (Unsafe in the package manager's
/// words; it concerns no library that others use.)
#if os(Linux)
  let standalone: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"]),
    // What the static FoundationEssentials stands on; the compiler names only what the dynamic one needs.
    .unsafeFlags(["-l_FoundationCollections", "-l_FoundationCShims"]),
    // Less to map and to relocate at each start: functions of the same code once, of C++'s library what is used, no names
    // for other libraries to find, and side by side what a screenshot runs (`Scripts/link/record-order`).
    .unsafeFlags([
      "-L", "\(Context.packageDirectory)/Scripts/link", "-Xlinker", "--icf=safe", "-Xlinker", "--as-needed",
      "-Xlinker", "--no-export-dynamic", "-Xlinker", "--no-warn-symbol-ordering", "-Xlinker",
      "--symbol-ordering-file=\(Context.packageDirectory)/Scripts/link/hot-functions.txt",
    ]),
  ]
#else
  let standalone: [LinkerSetting] = []
#endif

func core(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Core/\(name)", swiftSettings: strict)
}

func host(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Host/\(name)", swiftSettings: strict)
}

func system(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Host/System/\(name)", pkgConfig: pkgConfig,
    providers: [.apt([apt]), .brew([brew])])
}

func tests(_ name: String, in folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(folder)/\(name)",
    swiftSettings: strict)
}

let package = Package(
  name: "saffron",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "SpiceClient", targets: ["SpiceClient"]),
    .library(name: "SpiceServer", targets: ["SpiceServer"]),
    .library(name: "SpiceGateway", targets: ["SpiceGateway"]),
    .library(name: "SpiceInsight", targets: ["SpiceInsight"]),
    .library(name: "SpiceSession", targets: ["SpiceSession"]),
    .library(name: "SpiceProtocol", targets: ["SpiceProtocol"]),
    .library(name: "SpiceCodecs", targets: ["SpiceCodecs"]),
    .library(name: "SpiceCanvas", targets: ["SpiceCanvas"]),
    .executable(name: "saffron", targets: ["saffron"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
    .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0"),
  ],
  targets: [
    // Floors 0 and 1: no I/O, nothing but the standard library and each other.
    core("SpicePixels"),
    core("SpiceProtocol", ["SpicePixels"]),
    core("SpiceCodecs", ["SpicePixels"]),
    core("SpiceCanvas", ["SpicePixels"]),
    core("SpiceSession", ["SpiceProtocol", "SpiceCodecs", "SpiceCanvas", "SpicePixels"]),

    // Floors 2 and 3: sockets, C libraries, Swift concurrency.
    system("CTurboJPEG", pkgConfig: "libturbojpeg", apt: "libturbojpeg0-dev", brew: "jpeg-turbo"),
    system("CPNG", pkgConfig: "libpng", apt: "libpng-dev", brew: "libpng"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib"),
    .systemLibrary(name: "CSplice", path: "Sources/Host/System/CSplice"),
    host(
      "SpiceTransport",
      [
        "CSplice",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // FFmpeg is loaded when it is wanted, and not linked; so pkg-config is not asked.
    .systemLibrary(
      name: "CVideo", path: "Sources/Host/System/CVideo",
      providers: [.apt(["libavcodec-dev", "libswscale-dev"]), .brew(["ffmpeg"])]),
    host("SpiceMedia", ["SpiceProtocol", "SpicePixels", "CTurboJPEG", "CPNG", "CVideo", "CZlib"]),
    host(
      "SpiceClient",
      [
        "SpiceSession", "SpiceProtocol", "SpiceCanvas", "SpicePixels", "SpiceTransport", "SpiceMedia",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ]),
    .systemLibrary(name: "CMalloc", path: "Sources/Host/System/CMalloc"),
    host(
      "SpiceServer",
      [
        "CMalloc", "SpiceSession", "SpiceProtocol", "SpiceCanvas", "SpicePixels", "SpiceTransport", "SpiceMedia",
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    host(
      "SpiceInsight",
      ["SpiceSession", "SpiceProtocol", "SpiceCodecs", "SpiceCanvas", "SpicePixels", "SpiceMedia"]),

    // Floor 4.
    system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev", brew: "libyaml"),
    host(
      "SpiceGateway",
      [
        "CYAML", "SpiceClient", "SpiceServer", "SpiceMedia", "SpiceSession", "SpiceProtocol", "SpiceTransport",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "DemoDesktop", dependencies: ["SpiceCanvas", "SpicePixels"], path: "Sources/Apps/DemoDesktop",
      swiftSettings: strict),

    // Floor 5.
    .executableTarget(
      name: "saffron",
      dependencies: [
        "DemoDesktop", "SpiceClient", "SpiceServer", "SpiceGateway", "SpiceInsight", "SpiceTransport", "SpiceMedia",
        "SpiceSession", "SpiceProtocol", "SpicePixels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Sources/Apps/saffron", swiftSettings: strict, linkerSettings: standalone),

    .executableTarget(
      name: "codec-bench", dependencies: ["SpiceCodecs", "SpiceMedia", "SpicePixels"],
      path: "Benchmarks/CodecBench", swiftSettings: strict),
    .executableTarget(
      name: "session-bench", dependencies: ["SpiceClient", "SpiceSession", "SpiceCanvas", "SpicePixels"],
      path: "Benchmarks/SessionBench", swiftSettings: strict, linkerSettings: standalone),
    .executableTarget(
      name: "screen-player", dependencies: ["SpiceServer", "SpiceSession", "SpiceMedia", "SpicePixels"],
      path: "Benchmarks/ScreenPlayer", swiftSettings: strict, linkerSettings: standalone),

    // What is drawn, by the reference client and by ours: the same pixels.
    .target(
      name: "ConformanceKit",
      dependencies: [
        "SpiceSession", "SpiceProtocol", "SpiceCodecs", "SpiceCanvas", "SpicePixels", "SpiceMedia", "TestSupport",
      ], path: "Tests/Conformance/Kit", swiftSettings: strict),
    .executableTarget(
      name: "conformance", dependencies: ["ConformanceKit"], path: "Tests/Conformance/Command", swiftSettings: strict),
    .executableTarget(
      name: "canvas-bench", dependencies: ["SpiceCanvas", "SpicePixels"], path: "Benchmarks/CanvasBench",
      swiftSettings: strict),

    // Tests mirror Sources.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    tests("SpiceProtocolTests", in: "Core", ["SpiceProtocol", "SpicePixels"]),
    tests("SpiceCodecsTests", in: "Core", ["SpiceCodecs", "SpicePixels"]),
    tests("SpiceCanvasTests", in: "Core", ["SpiceCanvas", "SpicePixels"]),
    tests(
      "SpiceSessionTests", in: "Core", ["SpiceSession", "SpiceProtocol", "SpiceCodecs", "SpiceCanvas", "SpicePixels"]),
    tests(
      "SpiceTransportTests", in: "Host",
      [
        "SpiceTransport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSOCKS", package: "swift-nio-extras"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    tests("SpiceMediaTests", in: "Host", ["SpiceMedia", "SpiceProtocol", "SpicePixels"]),
    tests(
      "SpiceClientTests", in: "Host",
      [
        "SpiceClient", "SpiceTransport", "SpiceMedia", "SpiceSession", "SpiceProtocol", "SpiceCodecs", "SpicePixels",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
      ]),
    tests(
      "SpiceInsightTests", in: "Host",
      ["SpiceInsight", "SpiceSession", "SpiceMedia", "SpiceProtocol", "SpiceCodecs", "SpicePixels"]),
    tests("DemoDesktopTests", in: "Apps", ["DemoDesktop", "SpiceCanvas", "SpicePixels"]),
    tests(
      "SpiceServerTests", in: "Host",
      [
        "SpiceServer", "SpiceClient", "SpiceTransport", "SpiceSession", "SpiceProtocol", "SpicePixels",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "SpiceGatewayTests", in: "Host",
      [
        "SpiceGateway", "SpiceServer", "SpiceClient", "SpiceTransport", "SpiceSession", "SpiceProtocol", "SpicePixels",
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "PeerTests", in: "Peers",
      ["ConformanceKit", "SpiceClient", "SpiceMedia", "SpiceSession", "SpiceProtocol", "SpicePixels"]),
  ]
)
