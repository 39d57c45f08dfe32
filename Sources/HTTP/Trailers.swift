import Bytes

/// The fields of a trailer section that `ChunkedDecoder` took in.
package enum Trailers {
    /// Reads the whole section into `fields`, as far as they fit; ranges are offsets into `section`.
    ///
    /// Fields that say something of framing, routing or the head's own meaning must not come so late (RFC 9110 §6.5.1)
    /// and are marked as ignored; so is what belongs to one connection.
    package static func read(_ section: Span<UInt8>, fields: inout FieldTable) {
        fields.clear()
        var position = 0
        while position < section.count, !fields.isFull {
            let line = FieldLine(section, from: position)
            guard line.outcome == .field else { return }
            let known = KnownField(name: section.part(line.name))
            var entry = line.entry(known, section)
            if !mayTrail(known) { entry.marks |= FieldMarks.ignored }
            fields.append(entry)
            position = line.next
        }
    }

    /// Whether a field may stand in a trailer section.
    package static func mayTrail(_ field: KnownField) -> Bool {
        switch field {
        case .host, .contentLength, .expect, .range, .authorization, .proxyAuthorization, .cookie, .setCookie,
            .cacheControl, .contentType, .contentEncoding, .contentRange, .location, .wwwAuthenticate,
            .proxyAuthenticate, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange, .age, .expires,
            .date, .vary, .retryAfter, .status:
            false
        default: !field.isHopByHop
        }
    }
}
