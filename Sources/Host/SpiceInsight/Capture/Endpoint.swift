/// One end of a TCP connection: an address of 4 (IPv4) or 16 (IPv6) bytes, and a port.
public struct Endpoint: Hashable, Sendable {
  /// The address's bytes as a number: the low half of an IPv6 one, or the 32 bits of an IPv4 one.
  var low: UInt64
  /// The upper half of an IPv6 address.
  var high: UInt64
  public var isIPv6: Bool
  public var port: UInt16

  /// IPv4, such as `Endpoint(127, 0, 0, 1, port: 5900)`.
  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16) {
    self.init(address: [a, b, c, d][...], port: port)
  }

  /// From 4 or 16 bytes in network order. Any other count is read as far as it goes.
  public init(address: ArraySlice<UInt8>, port: UInt16) {
    isIPv6 = address.count > 4
    low = 0
    high = 0
    for byte in address.prefix(16) {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte)
    }
    self.port = port
  }

  /// 4 or 16 bytes in network order.
  public var address: [UInt8] {
    isIPv6 ? bigEndian(high) + bigEndian(low) : Array(bigEndian(low).suffix(4))
  }

  private func bigEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
  }
}

extension Endpoint: CustomStringConvertible {
  public var description: String {
    if !isIPv6 { return address.map { String($0) }.joined(separator: ".") + ":\(port)" }
    let bytes = address
    let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
    return "[\(Endpoint.text(of: groups))]:\(port)"
  }

  /// RFC 5952: the first longest run of zero groups, if two or more, becomes `::`.
  private static func text(of groups: [Int]) -> String {
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    func hex(_ part: ArraySlice<Int>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    if best.count < 2 { return hex(groups[...]) }
    return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
  }
}
