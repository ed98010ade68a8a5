import SpicePixels

/// A line of text that changes, over what was on the sheet before it.
struct Label: Sendable {
  enum Alignment { case left, center, right }

  private let place: Rect
  private let under: Raster
  private let face: Face
  private let alignment: Alignment
  private var text = ""
  private var ink: UInt32

  /// - Parameters:
  ///   - place: On the window's sheet, which has nothing but the background there.
  init(_ place: Rect, on window: Window, _ face: Face, _ ink: UInt32, _ alignment: Alignment = .left) {
    self.place = place.intersection(Rect(window.sheet.size))
    under = window.sheet.part(self.place)
    self.face = face
    self.ink = ink
    self.alignment = alignment
  }

  mutating func show(_ text: String, ink: UInt32? = nil, on window: inout Window) {
    let ink = ink ?? self.ink
    guard text != self.text || ink != self.ink else { return }
    self.text = text
    self.ink = ink
    guard !place.isEmpty else { return }
    let fitted = face.fitted(text, to: place.width)
    let room = place.width - face.width(of: fitted)
    let shift =
      switch alignment {
      case .left: 0
      case .center: room / 2
      case .right: room
      }
    let baseline = Int(place.top) + (place.height + face.capital) / 2
    window.draw(in: place) { sheet in
      sheet.put(under, at: place)
      sheet.write(fitted, x: Int(place.left) + shift, baseline: baseline, face, ink, clip: place)
    }
  }
}

extension Raster {
  /// A copy of a rectangle, which lies inside.
  func part(_ rect: Rect) -> Raster {
    var part = Raster(width: rect.width, height: rect.height, kind: kind)
    for y in 0..<rect.height {
      for x in 0..<rect.width { part[x, y] = self[Int(rect.left) + x, Int(rect.top) + y] }
    }
    return part
  }

  /// Copies an image to a place, as far as the place, the clip and the raster allow.
  mutating func put(_ image: Raster, at place: Rect, clip: Rect? = nil) {
    let area = Rect(x: Int(place.left), y: Int(place.top), width: image.width, height: image.height)
      .intersection(place).intersection(Rect(size)).intersection(clip ?? Rect(size))
    guard !area.isEmpty else { return }
    for y in Int(area.top)..<Int(area.bottom) {
      let from = (y - Int(place.top)) * image.width - Int(place.left)
      for x in Int(area.left)..<Int(area.right) { pixels[y * width + x] = image.pixels[from + x] }
    }
  }
}
