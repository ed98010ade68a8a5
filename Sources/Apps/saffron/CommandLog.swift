import ArgumentParser
import Logging

/// What commands that serve tell on standard error.
enum CommandLog {
  /// Refuses what is no level.
  static func check(_ level: String) throws {
    guard Logger.Level(rawValue: level) != nil else {
      throw ValidationError("--log-level takes trace, debug, info, notice, warning, error or critical")
    }
  }

  /// - Parameter level: one that was checked.
  static func logger(_ level: String) -> Logger {
    let level = Logger.Level(rawValue: level) ?? .notice
    return Logger(label: "saffron") { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
  }

  /// What the services say of themselves is of no interest to who started a command.
  static func quiet(_ logger: Logger) -> Logger {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    return quiet
  }
}
