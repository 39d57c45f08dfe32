import FuzzTargets

/// The target that `--target=NAME` among the arguments names; libFuzzer passes over what begins with two hyphens.
let target: FuzzTarget = {
    for argument in CommandLine.arguments where argument.hasPrefix("--target=") {
        if let target = FuzzTarget(rawValue: String(argument.dropFirst("--target=".count))) { return target }
    }
    preconditionFailure("--target= names one of \(FuzzTarget.allCases.map(\.rawValue))")
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func playOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The bytes are libFuzzer's, and stay until this returns.
    unsafe target.play(Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count)))
    return 0
}
