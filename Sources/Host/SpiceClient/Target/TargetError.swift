/// Why an address or a key file does not say where to connect. No case holds a password or any part of one.
public enum TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  case emptyAddress
  /// The address begins with another word before `://` than those that are known.
  case scheme(String)
  /// No port at all.
  case missingPort(host: String)
  /// `name` is `port` or `tls-port`. `text` is what stands there, nil where it may not be quoted.
  case port(name: String, text: String?)
  /// The port stands both after the host and as a parameter.
  case portTwice
  case host(HostProblem)
  /// Something but `?` follows the port.
  case path
  /// A `#` that is not written as `%23`.
  case fragment
  /// An `@` behind the part where a user and a password may stand.
  case misplacedAt
  /// `part` (host, password, …) has a `%` that two hexadecimal digits do not follow.
  case percent(part: String)
  /// What `part` stands for once its `%` are resolved is not text.
  case notText(part: String)
  /// A parameter that is not known; its name is nil where it may be a piece of a password.
  case parameter(String?, near: [String])
  case parameterTwice(String)
  case parameterWithoutValue(String)
  /// A parameter that this kind of address does not take.
  case parameterOfOtherScheme(String, scheme: String)
  case emptySocketPath
  /// `path` is nil for standard input.
  case unreadable(path: String?, reason: String)
  case tooLarge(path: String?, limit: Int)
  case cannotDelete(path: String, reason: String)
  /// What the key file says. `path` is nil for standard input and for text.
  case file(path: String?, KeyFileError)

  /// What is wrong with a host.
  public enum HostProblem: Hashable, Sendable {
    /// Colons without brackets.
    case colons
    /// `[` without `]`, or something but `:port` behind it.
    case brackets
    /// What stands in the brackets is not an IPv6 address.
    case notIPv6
    /// A character that no host has, as its Unicode number.
    case character(UInt32)
    case tooLong(Int)
  }

  public var description: String {
    switch self {
    case .emptyAddress:
      "no address was given; write one like spice://host:5900, or the path of a .vv file"
    case .scheme(let scheme):
      Self.otherScheme(scheme)
    case .missingPort(let host):
      "the address of \(host.shown) has no port, and SPICE has none of its own; add the one the server listens on, "
        + "like spice://\(host.contains(":") ? "[\(host.shown)]" : host.shown):5900"
    case .port(let name, let text?):
      "the \(name) '\(text.shown)' is not a port; it has to be a number from 1 to 65535"
    case .port(let name, nil):
      "the \(name) is not a number; it has to be one from 1 to 65535"
    case .portTwice:
      "the address has a port behind the host and another as ?port=; leave one of them out"
    case .host(let problem):
      Self.describe(problem)
    case .path:
      "the address goes on with a path behind the host; SPICE has no paths, so end it after the port "
        + "(parameters begin with ?)"
    case .fragment:
      "the address has a # in it, which ends an address; write %23 where it belongs to a password"
    case .misplacedAt:
      "the address has an @ behind its host; where / ? # or @ belong to a user or a password, "
        + "write %2F, %3F, %23 or %40"
    case .percent(let part):
      "the \(part) has a % that is not followed by two hexadecimal digits; write %25 for the character itself"
    case .notText(let part):
      "the \(part) is not text once its % codes are resolved; they have to give UTF-8 without control characters"
    case .parameter(let name?, let near):
      "the address has a parameter '\(name.shown)' that is not known\(NearNames.question(near)) "
        + "(there are port, tls-port and password)"
    case .parameter(nil, _):
      "the address has a parameter that is not known (there are port, tls-port and password); "
        + "write %26 and %3B for & and ; that belong to a password"
    case .parameterTwice(let name):
      "the address gives \(name) twice; leave one of them out"
    case .parameterWithoutValue(let name):
      "the parameter \(name) has no value; write \(name)=…, or leave it out"
    case .parameterOfOtherScheme(let name, let scheme):
      "a \(scheme):// address does not take \(name): its port is the TLS port; "
        + "write spice://host:port?tls-port=… to give both"
    case .emptySocketPath:
      "the address names no socket; write spice+unix:///path/of/the/socket"
    case .unreadable(let path, let reason):
      "\(Self.named(path)) cannot be read: \(reason)"
    case .tooLarge(let path, let limit):
      "\(Self.named(path)) is larger than \(limit) bytes and so no key file of remote-viewer's"
    case .cannotDelete(let path, let reason):
      "\(Self.named(path)) asks to be removed once it was read, and cannot be: \(reason); "
        + "remove it, for there may be a password in it"
    case .file(let path, let error):
      "\(Self.named(path)): \(error)"
    }
  }

  /// A path is of use only when it is whole.
  private static let pathLimit = 4096

  private static func named(_ path: String?) -> String {
    path.map { "the key file \($0.shown(upTo: pathLimit))" } ?? "the key file"
  }

  private static func otherScheme(_ scheme: String) -> String {
    let known = "addresses begin with spice://, spice+tls:// or spice+unix://"
    return switch scheme {
    case "vnc", "rdp", "ssh":
      "\(scheme):// is the address of another protocol than SPICE; \(known)"
    case "ovirt", "ovirt+http", "ovirt+https":
      "an oVirt address names a virtual machine, not a server; take the console.vv file of oVirt's portal"
    default:
      "'\(scheme.shown)://' is no address of a SPICE server; \(known)"
    }
  }

  private static func describe(_ problem: HostProblem) -> String {
    switch problem {
    case .colons:
      "the host has more than one colon; an IPv6 address stands in brackets, like spice://[::1]:5900"
    case .brackets:
      "the brackets of the host are not closed, or something but :port follows them; write spice://[::1]:5900"
    case .notIPv6:
      "what stands in brackets is not an IPv6 address; only those need brackets"
    case .character(let value):
      "the host has a character that no host has (U+\(String(value, radix: 16, uppercase: true))); "
        + "write spice://host:port"
    case .tooLong(let count):
      "the host has \(count) bytes; names have 253 at most"
    }
  }
}
