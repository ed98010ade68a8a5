/// What is wrong with a key file. No case holds a value that may be secret; lines count from 1.
public enum KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A line that is neither a group, nor `key=value`, nor a comment.
  case line(Int, afterCertificate: Bool)
  /// A line that begins with `[` and is no group.
  case group(line: Int)
  case entryBeforeGroup(line: Int)
  /// A byte 0: this is no text file.
  case nul(line: Int)
  /// There is no group `[virt-viewer]`.
  case missingGroup
  case missingType
  /// The type is another than `spice`; nil where it is no word.
  case otherType(String?)
  case value(key: String, line: Int, ValueProblem)
  /// A port outside -1 to 65535.
  case port(key: String, Int)
  /// Neither `port`, nor `tls-port`, nor `unix-path`.
  case missingPort
  /// `unix-path` beside a key that contradicts it.
  case unixPath(with: String)
  /// `secure-channels` where there is no `tls-port`.
  case secureChannelsWithoutTLS
  /// `ca` has something else than certificates in PEM.
  case notCertificate

  public enum ValueProblem: Hashable, Sendable {
    /// A `\` before something that it does not belong before.
    case escape
    case notUTF8
    case notInteger
    case notBoolean
  }

  public var description: String {
    switch self {
    case .line(let line, afterCertificate: true):
      "line \(line) is not of the form key=value; a certificate has to stand on the one line of ca=, with \\n "
        + "where its lines end"
    case .line(let line, afterCertificate: false):
      "line \(line) is neither a [group], nor key=value, nor a # comment"
    case .group(let line):
      "line \(line) begins with [ and is not a group; groups look like [virt-viewer]"
    case .entryBeforeGroup(let line):
      "line \(line) stands before any group; a key file begins with [virt-viewer]"
    case .nul(let line):
      "line \(line) has a byte 0 in it, so this is no text file; key files are UTF-8"
    case .missingGroup:
      "there is no group [virt-viewer], so this is no key file of remote-viewer's"
    case .missingType:
      "there is no type= in it; the key file of a SPICE server says type=spice"
    case .otherType("vnc"):
      "it is for a VNC server (type=vnc), and Saffron speaks SPICE only; "
        + "open it with a VNC client, or give the machine a SPICE display"
    case .otherType("ovirt"):
      "it names a virtual machine of oVirt (type=ovirt), not a server; take the console.vv file of oVirt's portal"
    case .otherType(let type?):
      "its type is '\(type)', and Saffron knows only type=spice"
    case .otherType(nil):
      "its type is no word, and Saffron knows only type=spice; fetch the file again, for it may be damaged"
    case .value(let key, let line, let problem):
      "the value of \(key.shown) on line \(line) \(Self.describe(problem))"
    case .port(let key, let number):
      "\(key)=\(number) is not a port; it has to be from 1 to 65535, or -1 for none"
    case .missingPort:
      "it names no port, tls-port or unix-path, so there is nowhere to connect to"
    case .unixPath(let key):
      "it has a unix-path and \(key) too, which contradict one another; leave one of them out"
    case .secureChannelsWithoutTLS:
      "its secure-channels have to use TLS, and it names no tls-port that they could use"
    case .notCertificate:
      "its ca is not a certificate in PEM; it has to have a line -----BEGIN CERTIFICATE-----, "
        + "with \\n where lines end"
    }
  }

  private static func describe(_ problem: ValueProblem) -> String {
    switch problem {
    case .escape:
      "has a \\ that begins none of \\s \\n \\t \\r \\\\; write \\\\ for the character itself"
    case .notUTF8:
      "is not UTF-8; save the file in that encoding"
    case .notInteger:
      "is not a whole number"
    case .notBoolean:
      "is neither 0 nor 1"
    }
  }
}
