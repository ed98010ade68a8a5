/// Colours, `0xFFRRGGBB`.
enum Colors {
  static let accent: UInt32 = 0xFFE9_9A1C
  static let paper: UInt32 = 0xFFFC_FCFD
  static let titleBar: UInt32 = 0xFFF1_F2F6
  static let line: UInt32 = 0xFFE1_E3EA
  static let ink: UInt32 = 0xFF2A_2F45
  static let faintInk: UInt32 = 0xFF82_879B
  static let field: UInt32 = 0xFFF3_F4F8
  static let terminal: UInt32 = 0xFF1D_2136
  static let terminalInk: UInt32 = 0xFFD5_DAEA
  static let terminalFaint: UInt32 = 0xFF6C_7596
  static let terminalGreen: UInt32 = 0xFF8F_D6A4
  static let terminalGold: UInt32 = 0xFFF4_C064
  static let bar: UInt32 = 0x8014_1830
  static let barInk: UInt32 = 0xFFF7_F7FB
  static let barFaint: UInt32 = 0xFFB9_BDD2
}

/// How large things are on a screen of one size, and the faces they are written in.
struct Look: Sendable {
  /// Pixels a unit; a screen of 1280 by 800 pixels is measured in units of one.
  let scale: Double
  let text: Face
  let strong: Face
  let note: Face
  let mono: Face
  let figures: Face

  init(scale: Double) {
    self.scale = scale
    text = Face(size: max(11, 14.5 * scale))
    strong = Face(size: max(11, 14.5 * scale), weight: .bold)
    note = Face(size: max(10.5, 13 * scale))
    mono = Face(size: max(11, 14 * scale), isFixed: true)
    figures = Face(size: max(16, 30 * scale), weight: .light)
  }

  /// Whole pixels of a length in units.
  func callAsFunction(_ units: Double) -> Int {
    Int((units * scale).rounded())
  }
}
