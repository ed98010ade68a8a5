import SpicePixels

/// A picture with as many colours as a photograph.
struct PhotoWindow: Sendable {
  init(on window: inout Window) {
    let place = window.content
    let photo = Landscape(width: place.width, height: place.height).photo
    window.draw(in: place) { sheet in
      // What is not whole is at the rounded corners.
      for y in 0..<place.height {
        for x in 0..<place.width {
          let (left, top) = (Int(place.left) + x, Int(place.top) + y)
          if sheet[left, top] >> 24 == 255 { sheet[left, top] = photo[x, y] }
        }
      }
    }
    window.roundCorners()
  }
}
