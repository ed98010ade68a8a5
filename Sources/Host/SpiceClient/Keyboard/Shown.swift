extension Unicode.Scalar {
  /// False for what would move a terminal's cursor, change its colours or show nothing.
  var isShowable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}

extension String {
  /// The text as a message may quote it: at most 64 characters, those that are not showable replaced.
  var shown: String { shown(upTo: 64) }

  func shown(upTo limit: Int) -> String {
    var shown = ""
    for character in prefix(limit) {
      let isShowable = character.unicodeScalars.count <= 8 && character.unicodeScalars.allSatisfy(\.isShowable)
      shown.append(isShowable ? character : "\u{FFFD}")
    }
    return count > limit ? shown + "…" : shown
  }
}
