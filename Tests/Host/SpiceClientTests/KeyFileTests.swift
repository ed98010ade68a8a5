import SpiceProtocol
import Testing

import SpiceClient

@Suite("The syntax of key files")
struct KeyFileTests {
  private func value(_ line: String) throws -> String? { try KeyFile("[g]\n\(line)\n").string("x", in: "g") }
  private func list(_ line: String) throws -> [String]? { try KeyFile("[g]\n\(line)\n").list("x", in: "g") }

  @Test(
    "a value is what GLib 2.74 reads",
    arguments: [
      ("x=1", "1"), (" x = 1 ", "1 "), ("x\t=\t1", "1"), ("x=", ""), ("x=a;b;", "a;b;"), ("x=1;2", "1;2"),
      ("x=a=b", "a=b"), ("x=a b\\sc\\s", "a b c "), ("x= \\s 1", "  1"), ("x=\\n\\t\\r\\\\", "\n\t\r\\"),
      ("x=a\rb", "a\rb"), ("x=é", "é"), ("x=# no comment", "# no comment"), ("x=[g]", "[g]"),
    ])
  func values(line: String, expected: String) throws {
    #expect(try value(line) == expected)
  }

  @Test(
    "a value with a \\ that means nothing is refused, as by GLib", arguments: ["x=\\q", "x=abc\\", "x=a\\;b", "x=\\"])
  func escapes(line: String) {
    #expect(throws: KeyFileError.value(key: "x", line: 2, .escape)) { try value(line) }
  }

  @Test(
    "a list is what GLib 2.74 reads",
    arguments: [
      ("x=a;b;c;", ["a", "b", "c"]), ("x=a;b", ["a", "b"]), ("x=a;;b", ["a", "", "b"]), ("x=a\\;b;c", ["a;b", "c"]),
      ("x=", []), ("x=;", [""]), ("x=a;\\sb", ["a", " b"]), ("x= ;b", ["", "b"]), ("x=a", ["a"]),
    ] as [(String, [String])])
  func lists(line: String, expected: [String]) throws {
    #expect(try list(line) == expected)
  }

  @Test("a number is the whole value", arguments: [("x=5", 5), ("x=+5", 5), ("x=-1", -1), ("x=1 ", 1), ("x=007", 7)])
  func integers(line: String, expected: Int) throws {
    #expect(try KeyFile("[g]\n\(line)\n").integer("x", in: "g") == expected)
  }

  @Test("what is no number is refused", arguments: ["x=", "x=0x10", "x=a", "x=1;2", "x=99999999999999999999", "x=5 6"])
  func noIntegers(line: String) throws {
    let file = try KeyFile("[g]\n\(line)\n")
    #expect(throws: KeyFileError.value(key: "x", line: 2, .notInteger)) { try file.integer("x", in: "g") }
  }

  @Test(
    "0, 1, true and false are truth values",
    arguments: [("x=0", false), ("x=1", true), ("x=2", true), ("x=true", true), ("x=false ", false)])
  func booleans(line: String, expected: Bool) throws {
    #expect(try KeyFile("[g]\n\(line)\n").boolean("x", in: "g") == expected)
  }

  @Test("what is absent is nil")
  func absent() throws {
    let file = try KeyFile("[g]\ny=1\n[h]\nx=1\n")
    #expect(try file.string("x", in: "g") == nil)
    #expect(try file.list("x", in: "g") == nil)
    #expect(try file.integer("x", in: "nowhere") == nil)
    #expect(try file.boolean("x", in: "g") == nil)
  }

  @Test("of keys and groups that stand twice the last value counts")
  func duplicates() throws {
    let file = try KeyFile("[a]\nx=1\nx=2\n[b]\ny=1\n[a]\nx=3\n")
    #expect(file.groups == ["a", "b"])
    #expect(try file.string("x", in: "a") == "3")
  }

  @Test("comments, empty lines, blanks before a line and line ends of Windows do not matter")
  func layout() throws {
    let file = try KeyFile("\u{FEFF}# c\r\n\r\n \t\r\n  # d\r\n [a] \t\r\n  x=1\r\n\tX = 2")
    #expect(try file.string("x", in: "a") == "1")
    #expect(try file.string("X", in: "a") == "2")
    #expect(file.entries.map(\.line) == [6, 7])
  }

  @Test("a key may have blanks, accents and a language in it")
  func keys() throws {
    let file = try KeyFile("[a]\nx y=1\nx-é=2\ntitle[de]=3\n;z=4\n")
    #expect(file.entries.map(\.key) == ["x y", "x-é", "title[de]", ";z"])
  }

  @Test(
    "a file that GLib refuses is refused with the line",
    arguments: [
      ("x=1\n", .entryBeforeGroup(line: 1)), ("[a]\nfoo\n", .line(2, afterCertificate: false)),
      ("[a]\n\n=1\n", .line(3, afterCertificate: false)), ("[a]\n =1\n", .line(2, afterCertificate: false)),
      ("[a]x\n", .group(line: 1)), ("[a\nx=1\n", .group(line: 1)), ("[]\n", .group(line: 1)),
      ("[a]b]\n", .group(line: 1)),
      ("[a\tb]\n", .group(line: 1)), ("[a[b]\n", .group(line: 1)), ("[a]\nx=1\0\n", .nul(line: 2)),
      ("[a]\nca=-----BEGIN\nMIIB\n", .line(3, afterCertificate: true)),
    ] as [(String, KeyFileError)])
  func malformed(text: String, expected: KeyFileError) {
    #expect(throws: expected) { try KeyFile(text) }
  }

  @Test("bytes that are not UTF-8 spoil the value they stand in, and no other")
  func notUTF8() throws {
    let file = try KeyFile(Array("[a]\nx=".utf8) + [0xE9] + Array("\ny=1\n".utf8))
    #expect(throws: KeyFileError.value(key: "x", line: 2, .notUTF8)) { try file.string("x", in: "a") }
    #expect(try file.string("y", in: "a") == "1")
    #expect(try KeyFile(Array("[a]\n".utf8) + [0xE9, 0x3D]).entries.map(\.key) == ["\u{FFFD}"])
    #expect(throws: KeyFileError.group(line: 1)) { try KeyFile([0x5B, 0xE9, 0x5D]) }
  }

  @Test("an empty file has nothing in it", arguments: ["", "\n\n", "# only a comment"])
  func empty(text: String) throws {
    let file = try KeyFile(text)
    #expect(file.entries.isEmpty && file.groups.isEmpty)
  }

  @Test("an entry shows its key and not its value")
  func hidden() throws {
    let file = try KeyFile("[ovirt]\nsso-token=hunter2\n")
    var dumped = ""
    dump(file, to: &dumped)
    #expect(!(dumped + "\(file)" + String(reflecting: file)).contains("hunter2"))
    #expect(dumped.contains("sso-token"))
  }
}

@Suite("Connection files of remote-viewer")
struct ConnectionFileTests {
  /// As `qm`'s spiceproxy call gives it out (Proxmox VE 7), with made-up credentials.
  static let proxmox = """
    [virt-viewer]
    title=VM 101 - web
    tls-port=61000
    secure-attention=Ctrl+Alt+Ins
    release-cursor=Ctrl+Alt+R
    delete-this-file=1
    type=spice
    host=pvespiceproxy:63489CF9:101:pve1::c934cf7f7570012bbebab9e1167402b6471aae16
    host-subject=OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.example.org
    proxy=http://pve1.example.org:3128
    toggle-fullscreen=Shift+F11
    password=31a189dd71ce859867e28dd68ba166a701e77eed
    ca=-----BEGIN CERTIFICATE-----\\nMIIFwTCCA6mgAwIBAgIUEWFz\\nc2Fu+/A=\\n-----END CERTIFICATE-----\\n

    """

  /// As the console button of oVirt 4 gives it out, with made-up credentials.
  static let ovirt = """
    [virt-viewer]
    type=spice
    host=10.34.73.5
    port=-1
    password=u4LTM2Jw8qZs
    # Password is valid for 120 seconds.
    delete-this-file=1
    fullscreen=0
    title=desktop-7:%d
    toggle-fullscreen=shift+f11
    release-cursor=shift+f12
    secure-attention=ctrl+alt+end
    tls-port=5902
    enable-smartcard=0
    enable-usb-autoshare=1
    usb-filter=-1,-1,-1,-1,0
    tls-ciphers=DEFAULT
    host-subject=O=example.org,CN=10.34.73.5
    ca=-----BEGIN CERTIFICATE-----\\nMIIDxjCCAq6gAwIBAgICEAAw\\n-----END CERTIFICATE-----\\n
    secure-channels=main;inputs;cursor;playback;record;display;smartcard;usbredir
    versions=rhev-win64:2.0-160;rhev-win32:2.0-160;rhel8:7.0-3;rhel7:2.0-6;rhel6:99.0-1
    newer-version-url=https://www.ovirt.org/documentation/admin-guide/virt/console-client-resources

    [ovirt]
    host=engine.example.org:443
    vm-guid=0d0ba7a5-9f34-4c4f-8e8b-1d1f6c1e4f3a
    sso-token=4Wm9zt0vHsX2mFq7o1
    admin=1
    ca=-----BEGIN CERTIFICATE-----\\nMIIDxjCCAq6gAwIBAgICEAAw\\n-----END CERTIFICATE-----\\n

    """

  /// The example of remote-viewer's manual, with its other keys.
  static let manual = """
    [virt-viewer]
    version=11.0
    type=spice
    host=betsiboka
    port=5900
    username=alice
    fullscreen=1
    color-depth=16
    disable-effects=wallpaper;font-smooth;
    disable-channels=usbredir;smartcard
    enable-usbredir=1
    zoom-in=ctrl+plus
    usb-device-reset=ctrl+alt+u
    x-company-note=hello

    """

  private func target(_ text: String) throws -> Target { try Target(try KeyFile(text)) }
  private func target(with lines: String) throws -> Target {
    try target("[virt-viewer]\ntype=spice\nhost=h\nport=5900\n\(lines)\n")
  }

  @Test("a Proxmox file leads through its proxy to a host that only the proxy knows")
  func proxmoxFile() throws {
    let target = try target(Self.proxmox)
    #expect(target.host == "pvespiceproxy:63489CF9:101:pve1::c934cf7f7570012bbebab9e1167402b6471aae16")
    #expect(target.port == nil)
    #expect(target.tlsPort == 61000)
    #expect(target.proxy == "http://pve1.example.org:3128")
    #expect(target.password == Secret("31a189dd71ce859867e28dd68ba166a701e77eed"))
    #expect(target.tls.hostSubject == "OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.example.org")
    #expect(target.title == "VM 101 - web")
    #expect(target.viewer.secureAttention == "Ctrl+Alt+Ins")
    #expect(target.viewer.releaseCursor == "Ctrl+Alt+R")
    #expect(target.viewer.toggleFullscreen == "Shift+F11")
    #expect(target.file?.deletes == true)
    #expect(target.file?.unknownKeys == [])
    #expect(target.file?.warnings == [])
  }

  @Test("the certificates of a file have real line ends")
  func certificates() throws {
    let expected = "-----BEGIN CERTIFICATE-----\nMIIFwTCCA6mgAwIBAgIUEWFz\nc2Fu+/A=\n-----END CERTIFICATE-----\n"
    #expect(try target(Self.proxmox).tls.authority == .pem(expected))
  }

  @Test("an oVirt file asks for TLS on its channels, and its port -1 is none")
  func ovirtFile() throws {
    let target = try target(Self.ovirt)
    #expect(target.host == "10.34.73.5")
    #expect(target.port == nil)
    #expect(target.tlsPort == 5902)
    #expect(
      target.secureChannels
        == [.main, .inputs, .cursor, .playback, .record, .display, .smartcard, .usbredir])
    #expect(target.tls.ciphers == "DEFAULT")
    #expect(target.viewer.isFullscreen == false)
    #expect(target.viewer.usesSmartcard == false)
    #expect(target.viewer.sharesNewUSBDevices == true)
    #expect(target.viewer.usbFilter == "-1,-1,-1,-1,0")
    #expect(target.file?.requiredVersions.count == 5)
    #expect(
      target.file?.requiredVersions.first == Target.File.RequiredVersion(system: "rhev-win64", version: "2.0-160"))
    #expect(target.file?.newerVersionURL?.hasPrefix("https://www.ovirt.org/") == true)
  }

  @Test("the group of oVirt's own is kept, and its token stays hidden")
  func ovirtGroup() throws {
    let target = try target(Self.ovirt)
    #expect(
      target.file?.unknownKeys.map(\.description)
        == ["[ovirt] host", "[ovirt] vm-guid", "[ovirt] sso-token", "[ovirt] admin", "[ovirt] ca"])
    var dumped = ""
    dump(target, to: &dumped)
    for secret in ["4Wm9zt0vHsX2mFq7o1", "u4LTM2Jw8qZs"] {
      #expect(!(dumped + "\(target)" + target.debugDescription).contains(secret))
    }
  }

  @Test("the manual's keys are read")
  func manualFile() throws {
    let target = try target(Self.manual)
    #expect(target.host == "betsiboka")
    #expect(target.port == 5900)
    #expect(target.username == "alice")
    #expect(target.viewer.isFullscreen == true)
    #expect(target.viewer.colorDepth == 16)
    #expect(target.viewer.disabledEffects == ["wallpaper", "font-smooth"])
    #expect(target.disabledChannels == [.usbredir, .smartcard])
    #expect(target.viewer.redirectsUSB == true)
    #expect(target.viewer.hotkeys == ["zoom-in": "ctrl+plus", "usb-device-reset": "ctrl+alt+u"])
    #expect(target.file?.requiredVersions == [Target.File.RequiredVersion(system: nil, version: "11.0")])
    #expect(target.file?.unknownKeys.map(\.key) == ["x-company-note"])
    #expect(target.file?.deletes == false)
  }

  @Test("a file with a unix-path leads to that socket")
  func unixPath() throws {
    let target = try target("[virt-viewer]\ntype=spice\nunix-path=/run/vm/spice.sock\n")
    #expect(target.unixPath == "/run/vm/spice.sock")
    #expect(target.description == "spice+unix:///run/vm/spice.sock")
  }

  @Test("a file without a host means this machine")
  func noHost() throws {
    #expect(try target("[virt-viewer]\ntype=spice\nport=5900\n").host == "localhost")
  }

  @Test("values that are empty count as absent")
  func emptyValues() throws {
    let target = try target(
      with: "password=\nproxy=\nca=\ntitle=\nfullscreen=\ntls-port=\nsecure-channels=\nhost-subject=")
    var expected = Target(host: "h", port: 5900)
    expected.file = Target.File()
    #expect(target == expected)
  }

  @Test("a password keeps its blanks, a host does not")
  func blanks() throws {
    let target = try target("[virt-viewer]\ntype=spice \nhost=h \t\nport=5900 \npassword=a b \n")
    #expect(target.host == "h")
    #expect(target.password == Secret("a b "))
  }

  @Test("all as a secure channel stands for every channel")
  func allChannels() throws {
    #expect(try target(with: "tls-port=5901\nsecure-channels=all").secureChannels == Set(ChannelType.allCases))
  }

  @Test("channel names of the first clients, with an s before them, are understood")
  func oldChannels() throws {
    #expect(
      try target(with: "tls-port=5901\nsecure-channels=smain;sinputs;smartcard").secureChannels == [
        .main, .inputs, .smartcard,
      ])
  }

  @Test("a channel that is not known is left out with a warning")
  func unknownChannels() throws {
    let target = try target(with: "tls-port=5901\nsecure-channels=main;teleport;x")
    #expect(target.secureChannels == [.main])
    #expect(
      target.file?.warnings
        == ["secure-channels names 'teleport' and 1 more, which is no channel that is known; it was left out"])
  }

  @Test("a wish that cannot be understood is left out with a warning")
  func wishes() throws {
    let target = try target(with: "fullscreen=yes\ncolor-depth=many\ntitle=a\\qb\nenable-usbredir=1")
    #expect(target.viewer.isFullscreen == nil)
    #expect(target.title == nil)
    #expect(target.viewer.redirectsUSB == true)
    #expect(
      target.file?.warnings == [
        "the value of title on line 7 has a \\ that begins none of \\s \\n \\t \\r \\\\; "
          + "write \\\\ for the character itself; it was left out",
        "the value of fullscreen on line 5 is neither 0 nor 1; it was left out",
        "the value of color-depth on line 6 is not a whole number; it was left out",
      ])
  }

  @Test(
    "a file that does not say where to connect is refused with its reason",
    arguments: [
      ("", .missingGroup), ("[other]\ntype=spice\n", .missingGroup), ("[virt-viewer]\nhost=h\n", .missingType),
      ("[virt-viewer]\ntype=\n", .missingType), ("[virt-viewer]\ntype=vnc\nhost=h\nport=1\n", .otherType("vnc")),
      ("[virt-viewer]\ntype=VNC\n", .otherType("vnc")), ("[virt-viewer]\ntype=ovirt\n", .otherType("ovirt")),
      ("[virt-viewer]\ntype=rdp\n", .otherType("rdp")), ("[virt-viewer]\ntype=x y\n", .otherType(nil)),
      ("[virt-viewer]\ntype=spice\nhost=h\n", .missingPort),
      ("[virt-viewer]\ntype=spice\nhost=h\nport=-1\n", .missingPort),
      ("[virt-viewer]\ntype=spice\nport=0\ntls-port=-1\n", .missingPort),
      ("[virt-viewer]\ntype=spice\nport=65536\n", .port(key: "port", 65536)),
      ("[virt-viewer]\ntype=spice\ntls-port=-2\n", .port(key: "tls-port", -2)),
      ("[virt-viewer]\ntype=spice\nport=http\n", .value(key: "port", line: 3, .notInteger)),
      ("[virt-viewer]\ntype=spice\nport=1\npassword=a\\b\n", .value(key: "password", line: 4, .escape)),
      ("[virt-viewer]\ntype=spice\nunix-path=/a\nhost=h\n", .unixPath(with: "host")),
      ("[virt-viewer]\ntype=spice\nunix-path=/a\nport=1\n", .unixPath(with: "port")),
      ("[virt-viewer]\ntype=spice\nunix-path=/a\ntls-port=1\n", .unixPath(with: "tls-port")),
      ("[virt-viewer]\ntype=spice\nport=1\nsecure-channels=main\n", .secureChannelsWithoutTLS),
      ("[virt-viewer]\ntype=spice\nunix-path=/a\nsecure-channels=main\n", .secureChannelsWithoutTLS),
      ("[virt-viewer]\ntype=spice\nport=1\nca=/etc/ca.pem\n", .notCertificate),
      ("[virt-viewer]\ntype=spice\nport=1\nhost-subject=CN=a\\,b\n", .value(key: "host-subject", line: 4, .escape)),
    ] as [(String, KeyFileError)])
  func refused(text: String, expected: KeyFileError) throws {
    #expect(throws: expected) { try target(text) }
  }

  @Test("a VNC file is refused with a sentence that says what to do")
  func vnc() {
    let error = #expect(throws: KeyFileError.self) { try target("[virt-viewer]\ntype=vnc\nhost=h\nport=5900\n") }
    #expect(
      error?.description
        == "it is for a VNC server (type=vnc), and Saffron speaks SPICE only; "
        + "open it with a VNC client, or give the machine a SPICE display")
  }

  @Test("a certificate over several lines is told how to be written")
  func certificateLines() {
    let text = "[virt-viewer]\ntype=spice\nport=1\nca=-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    let error = #expect(throws: KeyFileError.self) { try target(text) }
    #expect(error?.description.contains("has to stand on the one line of ca=") == true)
  }

  @Test("a file cut short at any byte is read or refused in a sentence", arguments: [proxmox, ovirt, manual])
  func truncation(text: String) {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count { check(Array(bytes[..<count])) }
  }

  @Test("a file with any damage is read or refused in a sentence, which never quotes a secret")
  func mutations() {
    var random = SplitMix(seed: 0x5AFF_2019)
    let files = [Self.proxmox, Self.ovirt, Self.manual].map { Array($0.utf8) }
    let bites = ["\n", "=", "[", "]", "\\", ";", "\0", "\r\n", "#", "\u{1B}", "port=", "99999999999999999999", "\\n"]
    for _ in 0..<6_000 {
      guard var bytes = files.randomElement(using: &random) else { return }
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: (bites.randomElement(using: &random) ?? "").utf8, at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...40, using: &random)))
        }
        if bytes.isEmpty { break }
      }
      check(bytes)
    }
  }

  /// What must hold of any file: it leads somewhere or says why not, and shows no password. (Where damage made a
  /// password part of another value, a target may show that.)
  private func check(_ bytes: [UInt8]) {
    let secrets = ["31a189dd71ce859867e28dd68ba166a701e77eed", "u4LTM2Jw8qZs", "4Wm9zt0vHsX2mFq7o1"]
    do {
      let target = try Target(keyFile: bytes)
      #expect(target.port != nil || target.tlsPort != nil || target.unixPath != nil)
      if let password = target.password?.exposed, secrets.contains(password) {
        #expect(!"\(target)\(target.debugDescription)".contains(password))
      }
    } catch {
      #expect(!error.description.isEmpty && error.description.utf8.allSatisfy { $0 >= 0x20 })
      for secret in secrets { #expect(!error.description.contains(secret)) }
    }
  }

  @Test("a file of nothing but groups, keys or parts is read in time that grows with its size")
  func dense() throws {
    let groups = (0..<100_000).map { "[\($0)]\n" }.joined()
    #expect(throws: TargetError.file(path: nil, .missingGroup)) { try Target(keyFile: Array(groups.utf8)) }
    let keys = String(repeating: "a=\n", count: 100_000)
    #expect(try target(with: keys).file?.unknownKeys.count == 100_000)
    let parts = String(repeating: "x;", count: 200_000)
    #expect(try target(with: "tls-port=1\nsecure-channels=\(parts)").file?.warnings.count == 1)
  }
}
