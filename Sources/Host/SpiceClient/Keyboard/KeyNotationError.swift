/// Why a notation of keys could not be read.
public enum KeyNotationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nothing was written.
  case empty
  /// The part names no key; `near` are up to three names it may have meant.
  case unknownKey(String, near: [String])
  /// The notation ends where a key has to follow.
  case missingKey(after: Character, notation: String)
  /// The part names a key that is held already.
  case keyTwice(String, notation: String)
  /// The number after `*` is not from 1 to `KeyCombination.mostRepetitions`.
  case repetitions(String, notation: String)
  /// More keys than `KeyCombination.longest`.
  case tooManyKeys(Int)

  public var description: String {
    switch self {
    case .empty:
      "no key was named; write something like enter, ctrl-alt-f2 or down*3"
    case .unknownKey(let part, let near):
      "there is no key named '\(part.shown)'\(NearNames.question(near))"
    case .missingKey(let separator, let notation):
      "'\(notation.shown)' ends with '\(separator)', and a key has to follow it; "
        + "to press \(separator) itself, write the character twice (ctrl\(separator)\(separator))"
    case .keyTwice(let part, let notation):
      "'\(notation.shown)' presses '\(part.shown)' while it is held already; name each key once, "
        + "or write *2 at the end to press all of it twice"
    case .repetitions(let count, let notation):
      "'\(notation.shown)' asks for \(count) repetitions; "
        + "the number after * has to be from 1 to \(KeyCombination.mostRepetitions)"
    case .tooManyKeys(let count):
      "\(count) keys held together are more than the \(KeyCombination.longest) that can be; send them one after another"
    }
  }
}
