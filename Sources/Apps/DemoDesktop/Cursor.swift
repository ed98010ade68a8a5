import SpicePixels

extension DemoDesktop {
  /// A pointer's shape: an arrow with a light edge, 24 by 24 pixels, premultiplied. Its tip is at the hotspot.
  public static var cursor: (image: Raster, hotspot: Point) {
    var image = Raster(width: 24, height: 24, kind: .alpha)
    let head = [Spot(2, 2), Spot(14.6, 14.2), Spot(2, 19.4)]
    let stem = (from: Spot(7.2, 12.5), to: Spot(10.9, 20.2))
    func outline(_ color: UInt32, _ width: Double) {
      for (from, to) in zip(head, head.dropFirst() + head.prefix(1)) {
        image.strokeLine(from, to, width: width, color)
      }
    }
    let (light, dark): (UInt32, UInt32) = (0xFFFF_FFFF, 0xFF1F_2338)
    outline(light, 3.4)
    image.strokeLine(stem.from, stem.to, width: 6, light)
    outline(dark, 1.2)
    image.fillConvex(head, dark)
    image.strokeLine(stem.from, stem.to, width: 3.2, dark)
    return (image, Point(x: 2, y: 2))
  }
}
