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
      let size = "\(slide.width)x\(slide.height)"
      let ppm = parent.appending(path: "\(number)-\(slide.look.rawValue).ppm")
      let png = folder.appending(path: "\(number)-\(slide.look.rawValue).png")
      _ = try await Subprocess.check(
        "convert", ["-size", size] + slide.look.words(seed: number) + ["-depth", "8", "PPM:\(ppm.path)"])
      _ = try await Subprocess.check("convert", [ppm.path, "PNG24:\(png.path)"])
      ppms.append(ppm)
    }
    self.ppms = ppms
  }

  /// A slide as a picture.
  public func picture(_ number: Int) throws -> Picture { try Picture(ppm: Data(contentsOf: ppms[number])) }
}

extension TestSlides.Look {
  fileprivate func words(seed: Int) -> [String] {
    switch self {
    case .photo: ["-seed", "\(seed)", "plasma:tomato-steelblue"]
    case .text:
      [
        "xc:white", "-fill", "black", "-font", "DejaVu-Sans", "-pointsize", "12", "-annotate", "+4+14",
        (0..<60).map { "\($0). What is written here is read again, letter by letter: qwertz \($0 * 7919)" }
          .joined(separator: "\n"),
      ]
    case .gradient: ["gradient:navy-gold"]
    case .noise: ["-seed", "\(seed)", "xc:gray", "+noise", "Random"]
    case .oneColor: ["xc:#336699"]
    }
  }
}
