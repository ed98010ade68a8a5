import SpicePixels
import SpiceProtocol
import SpiceSession

extension Client {
  /// A complete picture of one display, counted over all monitors of all display channels.
  ///
  /// A channel with several monitors on its surface counts as so many displays; any other as one.
  ///
  /// - Parameters:
  ///   - withPointer: draw the pointer where the server has it.
  ///   - settled: wait until nothing has changed for so long, as `picture` does.
  ///   - timeout: how long a picture may take to appear.
  public func screenshot(
    of display: Int = 0, withPointer: Bool = false, settled: Duration = .zero, timeout: Duration = .seconds(10)
  ) async throws(ClientError) -> Raster {
    let channels = displays
    guard !channels.isEmpty else { throw absenceOfDisplays }
    var counted = 0
    for channel in channels {
      var heads: [MonitorHead] = []
      if display > counted {
        // The monitors are told about when the first picture is. A display that shows none counts as one.
        do throws(ClientError) {
          _ = try await picture(of: channel, timeout: timeout)
        } catch .noPicture {}
        heads = await shownMonitors(of: channel)
      }
      if display < counted + max(1, heads.count) {
        var picture = try await picture(of: channel, settled: settled, timeout: timeout).image
        if withPointer, channel == channels.first, let cursor = await cursor { picture.draw(cursor) }
        heads = await shownMonitors(of: channel)
        let place = display - counted
        return heads.count > 1 && place < heads.count ? picture.cropped(to: heads[place].area) : picture
      }
      counted += max(1, heads.count)
    }
    throw .noSuchDisplay(display, available: counted)
  }

  private func shownMonitors(of display: Int) async -> [MonitorHead] {
    await monitors(of: display).filter { $0.width > 0 && $0.height > 0 }
  }
}

extension MonitorHead {
  /// The part of the surface that the monitor shows.
  public var area: Rect {
    Rect(
      left: Int32(clamping: x), top: Int32(clamping: y), right: Int32(clamping: UInt64(x) + UInt64(width)),
      bottom: Int32(clamping: UInt64(y) + UInt64(height)))
  }
}

extension Raster {
  /// The part that `area` covers.
  public func cropped(to area: Rect) -> Raster {
    let part = area.intersection(Rect(size))
    if part == Rect(size) { return self }
    return Raster(width: part.width, height: part.height, kind: kind) { target in
      for y in 0..<part.height {
        for x in 0..<part.width {
          target[y * part.width + x] = self[Int(part.left) + x, Int(part.top) + y]
        }
      }
    }
  }

  /// Draws a pointer where it is, over an opaque picture.
  public mutating func draw(_ cursor: CursorState) {
    guard cursor.isVisible, let shape = cursor.shape else { return }
    let left = Int(cursor.position.x) - Int(shape.hotSpot.x)
    let top = Int(cursor.position.y) - Int(shape.hotSpot.y)
    for y in max(0, -top)..<max(max(0, -top), min(shape.height, height - top)) {
      for x in max(0, -left)..<max(max(0, -left), min(shape.width, width - left)) {
        let place = y * shape.width + x
        if !shape.inverting.isEmpty, shape.inverting[place] {
          self[left + x, top + y] ^= 0x00ff_ffff
        } else {
          self[left + x, top + y] = blend(shape.pixels[place], over: self[left + x, top + y])
        }
      }
    }
  }
}

/// A premultiplied colour over an opaque one.
private func blend(_ source: UInt32, over target: UInt32) -> UInt32 {
  let rest = 255 - source >> 24
  var result: UInt32 = 0
  for shift: UInt32 in [0, 8, 16] {
    let product = (target >> shift & 255) * rest + 128
    let sum = (source >> shift & 255) + (product + product >> 8) >> 8
    result |= min(sum, 255) << shift
  }
  return result
}
