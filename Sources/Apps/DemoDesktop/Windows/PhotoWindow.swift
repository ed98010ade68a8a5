import SpicePixels

/// A picture with as many colours as a photograph.
struct PhotoWindow: Sendable {
  init(on window: inout Window) {
    let place = window.content
    let photo = Landscape(width: place.width, height: place.height).photo
    let corner = Int32(window.radius)
    var (upper, lower) = (place, place)
    upper.bottom -= corner
    (lower.top, lower.left, lower.right) = (upper.bottom, lower.left + corner, lower.right - corner)
    window.draw(in: place) { sheet in
      sheet.put(photo, at: place, clip: upper)
      sheet.put(photo, at: place, clip: lower)
    }
  }
}
