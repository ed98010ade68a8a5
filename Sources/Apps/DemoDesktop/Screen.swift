import SpicePixels

import SpiceCanvas

/// The picture that all windows make, and the list of what changed on it.
///
/// One rule keeps both true: outside of `stale`, the picture is what the layers make now. Whoever changes a layer marks
/// where; at the end, what is stale is painted, and nothing else is ever written. Pixels that only moved are moved on the
/// picture instead, as far as they were not stale and nothing lay, or lies, above them.
struct Screen: Sendable {
  private(set) var surface: Surface
  /// Windows and bars.
  var layers: [Window]
  /// The layers' indices, the lowest first.
  var order: [Int]
  var dots: [Trail.Dot] = []
  let wallpaper: Raster
  private let sprites: [Raster]
  private var stale = StaleArea()
  private var changes: [DemoDesktop.Change] = []

  /// What moves in more pieces than this is painted anew.
  private static let mostPieces = 12

  init(_ size: Size, wallpaper: Raster, layers: [Window], sprites: [Raster]) throws(CanvasError) {
    surface = try Surface(width: size.width, height: size.height, format: .xrgb)
    self.wallpaper = wallpaper
    self.layers = layers
    self.sprites = sprites
    order = Array(layers.indices)
  }

  var bounds: Rect { Rect(surface.size) }

  // MARK: What changed

  mutating func mark(_ rect: Rect) {
    stale.add(rect.intersection(bounds))
  }

  mutating func mark(_ region: Region) {
    for rect in region.rects { mark(rect) }
  }

  /// Marks what was drawn on the layers' sheets, as far as it can be seen.
  mutating func markTouched() {
    for index in layers.indices {
      for rect in layers[index].takeTouched() {
        let place = layers[index].onScreen(rect)
        mark(Region(place).subtracting(covered(above: index)))
      }
    }
  }

  /// What layers above the one with this index hide of it.
  func covered(above index: Int) -> Region {
    guard let position = order.firstIndex(of: index) else { return Region() }
    return order[(position + 1)...].reduce(Region()) { $0.union(layers[$1].opaque) }
  }

  /// What is drawn above a layer, be it only a shadow or a dot.
  private func mixed(above index: Int) -> Region {
    guard let position = order.firstIndex(of: index) else { return Region() }
    var rects = order[(position + 1)...].map { layers[$0].outer }
    rects += dots.map(\.box)
    return Region(rects)
  }

  // MARK: What moved

  /// Brings a window to where it is to be.
  mutating func settle(_ index: Int) {
    let window = layers[index]
    guard window.frame != window.shown else { return }
    let above = mixed(above: index)
    let before = Region(bounds).intersection(window.opaque).subtracting(above)
    layers[index].shown = window.frame
    let after = Region(bounds).intersection(layers[index].opaque).subtracting(above)
    let moved = move(
      before, to: after, dx: window.frame.left - window.shown.left, dy: window.frame.top - window.shown.top)
    mark(Region([window.outer, layers[index].outer]).subtracting(moved))
  }

  /// Shows that rows of a layer's sheet went up.
  ///
  /// - Parameters:
  ///   - area: On the sheet; `fresh`, too: what was drawn there since.
  mutating func scrollUp(_ index: Int, _ area: Rect, by rows: Int, fresh: Rect) {
    let place = Region(layers[index].onScreen(area).intersection(bounds))
    let visible = place.subtracting(mixed(above: index))
    let old = visible.subtracting(Region(layers[index].onScreen(fresh)))
    let moved = move(visible, to: old, dx: 0, dy: Int32(clamping: -rows))
    mark(place.subtracting(covered(above: index)).subtracting(moved))
  }

  /// Moves pixels on the picture and returns where they are now: as much of `after` as came from `before` and was not
  /// stale.
  private mutating func move(_ before: Region, to after: Region, dx: Int32, dy: Int32) -> Region {
    let sound = before.subtracting(stale.region)
    let there = Region(sound.rects.map { $0.offset(x: dx, y: dy) })
    let moved = there.intersection(after)
    guard !moved.isEmpty, moved.rects.count <= Screen.mostPieces else { return Region() }
    // No rectangle may be overwritten before it was read.
    let pieces = moved.rects.sorted { a, b in
      if a.top != b.top { return dy > 0 ? a.top > b.top : a.top < b.top }
      return dx > 0 ? a.left > b.left : a.left < b.left
    }
    for piece in pieces {
      let source = Point(x: piece.left - dx, y: piece.top - dy)
      surface.copyBits(from: source, to: piece)
      changes.append(.scroll(piece, from: source))
    }
    return moved
  }

  // MARK: Painting

  /// Paints what is stale, and hands over what changed since the last call.
  mutating func finish() -> [DemoDesktop.Change] {
    for rect in stale.take() {
      paint(rect)
      changes.append(surface.onlyColor(in: rect).map { .fill(rect, $0) } ?? .damage(rect))
    }
    surface.damage.removeAll()
    // The picture is looked at next.
    surface.putInOrder()
    let taken = changes
    changes.removeAll(keepingCapacity: true)
    return taken
  }

  /// Paints each layer where none above it hides it.
  private mutating func paint(_ rect: Rect) {
    var rest = Region(rect)
    var seen: [(index: Int, part: Region)] = []
    for index in order.reversed() where !layers[index].outer.intersection(rect).isEmpty {
      let part = rest.intersection(Region(layers[index].outer))
      guard !part.isEmpty else { continue }
      seen.append((index, part))
      rest = rest.subtracting(layers[index].opaque)
    }
    if !rest.isEmpty {
      surface.drawCopy(.image(wallpaper), area: bounds, to: bounds, clip: .rects(rest.rects))
    }
    for (index, part) in seen.reversed() { paint(layers[index], part) }
    for dot in dots where !dot.box.intersection(rect).isEmpty {
      let sprite = sprites[min(dot.level, sprites.count - 1)]
      surface.drawAlphaBlend(
        .image(sprite), area: Rect(sprite.size), to: dot.box, clip: .rects([rect]), alpha: 255)
    }
  }

  private mutating func paint(_ window: Window, _ part: Region) {
    let (area, box) = (Rect(window.sheet.size), window.outer)
    let solid = part.intersection(window.opaque)
    let edge = part.subtracting(solid)
    if !solid.isEmpty { surface.drawCopy(.image(window.sheet), area: area, to: box, clip: .rects(solid.rects)) }
    if !edge.isEmpty {
      surface.drawAlphaBlend(.image(window.sheet), area: area, to: box, clip: .rects(edge.rects), alpha: 255)
    }
  }
}
