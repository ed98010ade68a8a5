import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What an error of NIO's means for a connection that stood.
func ending(for error: any Error, peer: Address) -> Mailbox.Ending {
  switch error {
  case let error as TransportError: .failed(error)
  case NIOSSLError.uncleanShutdown: .finished
  case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof, ChannelError.outputClosed:
    .finished
  case is NIOSSLCloseTimedOutError, is NIOTLSUnwrappingError: .finished
  case NIOSSLError.shutdownFailed: .finished
  case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: .failed(.reset(peer))
  case let error as IOError: .failed(.system(peer, operation: "reading or writing", reason: reason(of: error)))
  case let error as BoringSSLError: .failed(.tlsFailed(peer, reason: tlsReason(error)))
  case NIOSSLError.handshakeFailed(let error): .failed(.tlsFailed(peer, reason: tlsReason(error)))
  default: .failed(.system(peer, operation: "reading or writing", reason: "\(error)"))
  }
}

/// Why no connection to `address` (the peer's or the proxy's) came about.
func connectFailure(_ error: any Error, address: Address, within time: Duration) -> TransportError {
  switch error {
  case let error as TransportError: error
  case ChannelError.connectTimeout: .timedOut(.connecting, address, after: time, received: 0)
  case SocketAddressError.unixDomainSocketPathTooLong:
    .badAddress(address, reason: "a socket's path has at most 103 bytes")
  case let error as NIOConnectionError: severalAttempts(error, address: address, within: time)
  case let error as IOError: connectFailure(error, address: address, within: time)
  default: .system(address, operation: "connecting", reason: "\(error)")
  }
}

/// One sentence for all addresses of a name: of the attempts, the one that came furthest says most.
private func severalAttempts(_ error: NIOConnectionError, address: Address, within time: Duration) -> TransportError {
  let failures = error.connectionErrors.map { connectFailure($0.error, address: address, within: time) }
  func first(_ isWanted: (TransportError) -> Bool) -> TransportError? { failures.first(where: isWanted) }
  let told =
    first { if case .refused = $0 { true } else { false } }
    ?? first { if case .timedOut = $0 { true } else { false } } ?? failures.first
  if let told { return told }
  let host = address.host ?? "\(address)"
  switch error.dnsAError ?? error.dnsAAAAError {
  case let unknown as SocketAddressError.UnknownHost:
    return .nameNotFound(host: host, reason: unknown.errorDescription)
  case let other?: return .nameNotFound(host: host, reason: "\(other)")
  case nil: return .nameNotFound(host: host, reason: "the name service gave none")
  }
}

private func connectFailure(_ error: IOError, address: Address, within time: Duration) -> TransportError {
  switch (error.errnoCode, address) {
  case (ECONNREFUSED, _): .refused(address)
  case (ENOENT, .unix(let path)), (ENOTDIR, .unix(let path)): .socketMissing(path: path)
  case (EACCES, .unix(let path)), (EPERM, .unix(let path)): .socketForbidden(path: path)
  case (ENOTSOCK, .unix), (EPROTOTYPE, .unix): .badAddress(address, reason: "that is no stream socket")
  case (ENETUNREACH, _), (EHOSTUNREACH, _), (ENETDOWN, _), (EHOSTDOWN, _), (EACCES, _), (EPERM, _),
    (EADDRNOTAVAIL, _):
    .unreachable(address, reason: reason(of: error))
  case (ETIMEDOUT, _): .timedOut(.connecting, address, after: time, received: 0)
  case (ECONNRESET, _): .reset(address)
  default: .system(address, operation: "connecting", reason: reason(of: error))
  }
}

/// Why nothing can listen at `address`.
func listenFailure(_ error: any Error, address: Address) -> TransportError {
  switch error {
  case let error as TransportError: error
  case SocketAddressError.unixDomainSocketPathTooLong:
    .badAddress(address, reason: "a socket's path has at most 103 bytes")
  case let error as IOError:
    switch (error.errnoCode, address) {
    case (EADDRINUSE, .unix):
      .cannotListen(address, reason: "that file exists; another server has it, or one left it behind: then remove it")
    case (EADDRINUSE, .tcp): .cannotListen(address, reason: "another program listens there")
    case (EACCES, .tcp): .cannotListen(address, reason: "this user may not (ports below 1024 need privileges)")
    case (EADDRNOTAVAIL, .tcp): .cannotListen(address, reason: "this machine has no such address")
    default: .cannotListen(address, reason: reason(of: error))
    }
  case let error as SocketAddressError.UnknownHost:
    .nameNotFound(host: error.host, reason: error.errorDescription)
  default: .cannotListen(address, reason: "\(error)")
  }
}

/// The system's words for the error number, with the number.
private func reason(of error: IOError) -> String { systemWords(error.errnoCode) }

func systemWords(_ number: CInt) -> String {
  "\(strerror(number).map { String(cString: $0) } ?? "error"), errno \(number)"
}

/// BoringSSL's word for what went wrong, without its file names: `certificate verify failed`.
func tlsReason(_ error: BoringSSLError) -> String {
  let stack: NIOBoringSSLErrorStack
  switch error {
  case .sslError(let errors), .unknownError(let errors), .invalidSNIName(let errors), .failedToSetALPN(let errors):
    stack = errors
  case .zeroReturn: return "the peer said goodbye"
  case .syscallError: return "the connection broke"
  default: return "\(error)"
  }
  let words = stack.map { tlsWords($0.description) }
  if let alert = words.first(where: { $0.hasPrefix(alertWords) }) { return alert }
  return words.isEmpty ? "the library gives no reason" : words.joined(separator: "; ")
}

private let alertWords = "the peer sent the TLS alert "

/// Of `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …:396` the words in
/// capitals, made small; an alert that the peer sent is called so.
private func tlsWords(_ description: String) -> String {
  let words = description.split(separator: ":").map { part -> Substring in part.prefix(while: { $0 != " " }) }
  let marked = words.first { word -> Bool in
    word.count > 3 && word.contains(where: \.isUppercase)
      && word.allSatisfy { $0 == "_" || $0.isUppercase || $0.isNumber }
  }
  guard let word = marked?.lowercased() else { return description }
  let parts = word.split(separator: "_").map(String.init)
  guard let alert = parts.firstIndex(of: "alert") else { return parts.joined(separator: " ") }
  return "\(alertWords)“\(parts[(alert + 1)...].joined(separator: " "))”"
}
