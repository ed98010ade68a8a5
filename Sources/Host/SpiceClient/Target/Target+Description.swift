extension Target: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The address without its password, as `Target(uri:)` would take it.
  public var description: String {
    if let unixPath { return "spice+unix://\(unixPath.shown)" }
    let place = shownHost
    if let webSocketPath {
      // A query may hold a gateway's token.
      let query = webSocketPath.firstIndex(of: "?")
      let path = "\(webSocketPath[..<(query ?? webSocketPath.endIndex)])".shown + (query == nil ? "" : "?(hidden)")
      return port.map { "ws://\(place):\($0)\(path)" } ?? "wss://\(place):\(tlsPort ?? 443)\(path)"
    }
    return switch (port, tlsPort) {
    case (let port?, nil): "spice://\(place):\(port)"
    case (nil, let tlsPort?): "spice+tls://\(place):\(tlsPort)"
    case (let port?, let tlsPort?): "spice://\(place):\(port)?tls-port=\(tlsPort)"
    case (nil, nil): "spice://\(place)"
    }
  }

  public var debugDescription: String {
    let facts = customMirror.children.map { "\($0.label ?? ""): \($0.value)" }
    return "Target(\(facts.joined(separator: ", ")))"
  }

  /// The parts that are set, with nothing that lets somebody in.
  public var customMirror: Mirror {
    var children: [(label: String?, value: Any)] = [("address", description)]
    func add(_ label: String, _ value: String?) {
      if let value { children.append((label, value)) }
    }
    add("username", username)
    add("password", password?.description)
    add("authority", shownAuthority)
    add("hostSubject", tls.hostSubject)
    add("ciphers", tls.ciphers)
    add("insecure", tls.isInsecure ? "true" : nil)
    add("secureChannels", Self.list(secureChannels.map { "\($0.name)" }))
    add("disabledChannels", Self.list(disabledChannels.map { "\($0.name)" }))
    add("proxy", proxy.map(Self.withoutCredentials))
    add("title", title)
    if viewer != Viewer() { children.append(("viewer", viewer)) }
    if let file { children.append(("file", file)) }
    return Mirror(self, children: children, displayStyle: .struct)
  }

  /// The host as an address has it. Proxmox's token is a ticket to its proxy, so only its kind is shown.
  private var shownHost: String {
    if let colon = host.firstIndex(of: ":"), host[..<colon] == "pvespiceproxy" { return "pvespiceproxy:(hidden)" }
    return host.contains(":") ? "[\(host.shown)]" : host.shown
  }

  private var shownAuthority: String? {
    switch tls.authority {
    case .system: nil
    case .file(let path): path
    case .pem(let text): "PEM, \(text.utf8.count) bytes"
    }
  }

  private static func list(_ names: [String]) -> String? {
    names.isEmpty ? nil : names.sorted().joined(separator: " ")
  }

  /// `http://user:password@proxy:3128` without what stands before the `@`.
  package static func withoutCredentials(_ address: String) -> String {
    guard let at = address.lastIndex(of: "@") else { return address }
    let scheme = address.firstIndex(of: ":").map { address[..<$0] } ?? ""
    let isScheme = !scheme.isEmpty && address[scheme.endIndex...].hasPrefix("://")
    return (isScheme ? "\(scheme)://" : "") + "(hidden)" + address[at...]
  }
}
