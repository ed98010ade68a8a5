import SpiceProtocol

extension Target {
  /// The group of a `.vv` file that says where to connect.
  private static let group = "virt-viewer"

  /// What the key file at `path` says. The file stays where it is, whatever it asks for: see `deleteFile()`.
  public init(keyFileAt path: String) throws(TargetError) {
    try self.init(keyFile: try FileSystem.contents(of: path), path: path)
  }

  /// What the bytes of a key file say; `path` is where they came from.
  public init(keyFile bytes: [UInt8], path: String? = nil) throws(TargetError) {
    do {
      try self.init(try KeyFile(bytes), path: path)
    } catch {
      throw .file(path: path, error)
    }
  }

  /// What a key file says, as remote-viewer 11 reads it. What says where and how to connect has to be right; a wish of
  /// the viewer's that cannot be understood becomes one of `file.warnings`.
  public init(_ keyFile: KeyFile, path: String? = nil) throws(KeyFileError) {
    guard keyFile.groups.contains(Self.group) else { throw .missingGroup }
    var reader = ConnectionReader(keyFile: keyFile, group: Self.group)
    guard let type = try reader.word("type") else { throw .missingType }
    guard type.lowercased() == "spice" else { throw Self.otherType(type.lowercased()) }

    self.init(file: File(path: path))
    try takePlace(from: &reader)
    username = try reader.string("username")
    password = try reader.string("password").map(Secret.init)
    tls.ciphers = try reader.string("tls-ciphers")
    tls.hostSubject = try reader.string("host-subject")
    if let authority = try reader.string("ca") {
      guard authority.contains("-----BEGIN ") else { throw .notCertificate }
      tls.authority = .pem(authority)
    }
    proxy = try reader.string("proxy")
    secureChannels = try reader.channels("secure-channels")
    guard secureChannels.isEmpty || tlsPort != nil else { throw .secureChannelsWithoutTLS }
    disabledChannels = try reader.channels("disable-channels")
    takeWishes(from: &reader)
    file?.unknownKeys = reader.unknownKeys
    file?.warnings = reader.warnings
  }

  /// A type is quoted where it is a word; what else stands there may be the rest of a damaged file.
  private static func otherType(_ type: String) -> KeyFileError {
    let isWord = type.utf8.count <= 12 && type.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
    return .otherType(isWord ? type : nil)
  }

  private mutating func takePlace(from reader: inout ConnectionReader) throws(KeyFileError) {
    let host = try reader.word("host")
    port = try reader.port("port")
    tlsPort = try reader.port("tls-port")
    unixPath = try reader.string("unix-path")
    if unixPath != nil {
      if host != nil { throw .unixPath(with: "host") }
      if port != nil { throw .unixPath(with: "port") }
      if tlsPort != nil { throw .unixPath(with: "tls-port") }
    } else if port == nil && tlsPort == nil {
      throw .missingPort
    }
    if let host { self.host = host }
  }

  private mutating func takeWishes(from reader: inout ConnectionReader) {
    title = reader.wish("title") { reader throws(KeyFileError) in try reader.string("title") }
    viewer.isFullscreen = reader.wishedBoolean("fullscreen")
    viewer.usesSmartcard = reader.wishedBoolean("enable-smartcard")
    viewer.redirectsUSB = reader.wishedBoolean("enable-usbredir")
    viewer.sharesNewUSBDevices = reader.wishedBoolean("enable-usb-autoshare")
    viewer.usbFilter = reader.wishedString("usb-filter")
    viewer.colorDepth = reader.wish("color-depth") { reader throws(KeyFileError) in
      try reader.keyFile.integer("color-depth", in: reader.group)
    }
    viewer.disabledEffects =
      reader.wish("disable-effects") { reader throws(KeyFileError) in
        try reader.keyFile.list("disable-effects", in: reader.group)
      } ?? []
    for action in Self.hotkeys {
      if let keys = reader.wishedString(action) { viewer.hotkeys[action] = keys }
    }
    file?.deletes = reader.wishedBoolean("delete-this-file") ?? false
    file?.newerVersionURL = reader.wishedString("newer-version-url")
    if let version = reader.wishedString("version") {
      file?.requiredVersions.append(File.RequiredVersion(system: nil, version: version))
    }
    let versions = reader.wish("versions") { reader throws(KeyFileError) in
      try reader.keyFile.list("versions", in: reader.group)
    }
    for pair in versions ?? [] {
      guard let colon = pair.firstIndex(of: ":") else { continue }
      let version = String(pair[pair.index(after: colon)...])
      file?.requiredVersions.append(File.RequiredVersion(system: String(pair[..<colon]), version: version))
    }
  }

  private static let hotkeys = [
    "toggle-fullscreen", "release-cursor", "secure-attention", "zoom-in", "zoom-out", "zoom-reset",
    "smartcard-insert", "smartcard-remove", "usb-device-reset",
  ]
}

/// Reads the keys of one group, and remembers which it was asked for.
private struct ConnectionReader {
  let keyFile: KeyFile
  let group: String
  private var known: Set<String> = []
  private(set) var warnings: [String] = []

  init(keyFile: KeyFile, group: String) {
    self.keyFile = keyFile
    self.group = group
  }

  /// Entries of other groups, and of this one those that nobody asked for.
  var unknownKeys: [KeyFile.Entry] {
    keyFile.entries.filter { $0.group != group || !known.contains($0.key) }
  }

  /// Nil where the value is absent or empty.
  mutating func string(_ key: String) throws(KeyFileError) -> String? {
    known.insert(key)
    guard let text = try keyFile.string(key, in: group), !text.isEmpty else { return nil }
    return text
  }

  /// As `string`, without blanks at the end, which GLib keeps.
  mutating func word(_ key: String) throws(KeyFileError) -> String? {
    guard var text = try string(key) else { return nil }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text.isEmpty ? nil : text
  }

  /// Nil where there is no port: absent, empty, -1 (as oVirt writes it) or 0.
  mutating func port(_ key: String) throws(KeyFileError) -> UInt16? {
    guard try word(key) != nil, let number = try keyFile.integer(key, in: group), number != 0, number != -1 else {
      return nil
    }
    guard let port = UInt16(exactly: number) else { throw .port(key: key, number) }
    return port
  }

  mutating func channels(_ key: String) throws(KeyFileError) -> Set<ChannelType> {
    known.insert(key)
    var channels: Set<ChannelType> = []
    var unknown: [String] = []
    for name in try keyFile.list(key, in: group) ?? [] where !name.isEmpty {
      if name == "all" {
        channels.formUnion(ChannelType.allCases)
      } else if let channel = Self.channelsByName[name] {
        channels.insert(channel)
      } else {
        unknown.append(name)
      }
    }
    if let first = unknown.first {
      let others = unknown.count > 1 ? " and \(unknown.count - 1) more" : ""
      warnings.append("\(key) names '\(first.shown)'\(others), which is no channel that is known; it was left out")
    }
    return channels
  }

  /// By the name, and by that with an `s` (for secure) before it, which the first SPICE clients had.
  private static let channelsByName: [String: ChannelType] = {
    var channels: [String: ChannelType] = [:]
    for channel in ChannelType.allCases {
      channels["\(channel.name)"] = channel
      channels["s\(channel.name)"] = channel
    }
    return channels
  }()

  /// The value that `read` finds; a warning and nil where it cannot be understood.
  mutating func wish<Value>(
    _ key: String, _ read: (inout ConnectionReader) throws(KeyFileError) -> Value?
  ) -> Value? {
    known.insert(key)
    do throws(KeyFileError) {
      return try read(&self)
    } catch {
      warnings.append("\(error); it was left out")
      return nil
    }
  }

  mutating func wishedString(_ key: String) -> String? {
    wish(key) { reader throws(KeyFileError) in try reader.string(key) }
  }

  mutating func wishedBoolean(_ key: String) -> Bool? {
    wish(key) { reader throws(KeyFileError) in
      guard try reader.string(key) != nil else { return nil }
      return try reader.keyFile.boolean(key, in: reader.group)
    }
  }
}
