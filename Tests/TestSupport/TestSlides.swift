import Foundation

/// Pictures for `saffron serve --png`, each also as the PPM that a client must have got.
public struct TestSlides: Sendable {
  public let folder: URL
  /// In the order in which they are shown.
  public let ppms: [URL]

  /// How a picture looks.
  public enum Look: String, Sendable, CaseIterable {
    case photo, text, gradient, noise, oneColor
  }

  /// Makes them in a folder of `parent`: `(look, width, height)` each.
  public init(in parent: URL, _ looks: [(look: Look, width: Int, height: Int)]) async throws {
    folder = parent.appending(path: "slides")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var ppms: [URL] = []
    for (number, slide) in looks.enumerated() {
      let name = "\(number)-\(slide.look.rawValue)"
      let ppm = parent.appending(path: "\(name).ppm")
      if slide.look == .text {
        // Letters are ImageMagick's, and served as PNG; a few more of the kind would take it minutes.
        let words = ["-size", "\(slide.width)x\(slide.height)"] + TestSlides.text + ["-depth", "8", "PPM:\(ppm.path)"]
        _ = try await Subprocess.check("convert", words)
        _ = try await Subprocess.check("convert", [ppm.path, "PNG24:\(folder.appending(path: "\(name).png").path)"])
      } else {
        let picture = slide.look.ppm(slide.width, slide.height, seed: number)
        try picture.write(to: ppm)
        try picture.write(to: folder.appending(path: "\(name).ppm"))
      }
      ppms.append(ppm)
    }
    self.ppms = ppms
  }

  /// A slide as a picture.
  public func picture(_ number: Int) throws -> Picture { try Picture(ppm: Data(contentsOf: ppms[number])) }
}

extension TestSlides {
  fileprivate static let text = [
    "xc:white", "-fill", "black", "-font", "DejaVu-Sans", "-pointsize", "12", "-annotate", "+4+14",
    (0..<60).map { "\($0). What is written here is read again, letter by letter: qwertz \($0 * 7919)" }
      .joined(separator: "\n"),
  ]
}

extension TestSlides.Look {
  /// A picture as PPM, the same for the same seed.
  fileprivate func ppm(_ width: Int, _ height: Int, seed: Int) -> Data {
    var noise = UInt32(truncatingIfNeeded: seed) &* 2_654_435_761 | 1
    var bytes = [UInt8]("P6\n\(width) \(height)\n255\n".utf8)
    bytes.reserveCapacity(bytes.count + 3 * width * height)
    for y in 0..<height {
      for x in 0..<width {
        noise = noise &* 1_664_525 &+ 1_013_904_223
        for channel in 0..<3 { bytes.append(value(x, y, channel, noise, width, height)) }
      }
    }
    return Data(bytes)
  }

  private func value(_ x: Int, _ y: Int, _ channel: Int, _ noise: UInt32, _ width: Int, _ height: Int) -> UInt8 {
    switch self {
    case .photo:
      // Soft waves with a grain, as a camera has it.
      let wave = sin(Double(x * (channel + 2)) / 90) + sin(Double(y * (4 - channel)) / 70) + sin(Double(x + y) / 110)
      return UInt8(clamping: Int(128 + 38 * wave) + Int(noise >> (8 + UInt32(channel) * 4) & 7))
    case .gradient: return UInt8((x * (channel + 1) + y * (3 - channel)) * 255 / (3 * (width + height)) & 255)
    case .noise: return UInt8(truncatingIfNeeded: noise >> (8 * UInt32(channel)))
    case .text, .oneColor: return [0x33, 0x66, 0x99][channel]
    }
  }
}
