#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard input, output and error.
enum Terminal {
  /// A line for people; standard output is for results.
  static func tell(_ text: String) {
    write([UInt8]((shown(text) + "\n").utf8), to: STDERR_FILENO)
  }

  /// The text as a terminal may have it: what a server or its certificate says must not move the cursor, hide a line or
  /// make one up.
  static func shown(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: shown.append("\u{FFFD}")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }

  static func put(_ text: String) {
    write([UInt8]((text + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Writes all; false where the other end has gone.
  @discardableResult
  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { systemWrite(file, $0.baseAddress?.advanced(by: done), bytes.count - done) }
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      if count == 0 { return false }
      done += count
    }
    return true
  }

  /// Asks for a password without showing it; nil where nobody sits at a terminal.
  static func password(prompt: String) -> String? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    var shown = termios()
    guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return nil }
    var hidden = shown
    hidden.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
      tell("")
    }
    write([UInt8](prompt.utf8), to: STDERR_FILENO)
    return readLine(strippingNewline: true)
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}
