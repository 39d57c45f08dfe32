// Plans in a few words each, for the report of a failed seed.
extension ClientPlan {
    var summary: String {
        let way = (overUnixSocket ? "unix " : "") + (isPipelining ? "pipelining " : "")
        let pace = pieceBytes == 0 ? "" : ", pieces of \(pieceBytes) each \(gapMilliseconds) ms"
        return "at \(startMilliseconds) ms \(way)\(manner), pause \(pauseMilliseconds) ms\(pace)\n"
            + requests.map { "    " + $0.summary }.joined(separator: "\n")
    }
}

extension RequestPlan {
    var summary: String {
        let marks = [
            expectsContinue ? " expects 100" : "", isUpgrade ? " upgrade" : "", takesTrailers ? " trailers" : "",
        ]
        return "\(method) /r\(number) 1.\(isHTTP10 ? 0 : 1) \(body)\(marks.joined()): "
            + answers.map(\.summary).joined(separator: " | ")
    }
}

extension AnswerPlan {
    var summary: String {
        "\(status) \(framing) \(bodyCount) after \(delayMilliseconds) ms"
            + (pieceBytes == 0 ? "" : ", pieces of \(pieceBytes)")
            + "\(saysClose ? " close" : "") \(fault)"
    }
}
