import SpicePixels

/// Where things are on a screen of one size.
///
/// Where there is room, windows stand side by side in three columns; on a small screen they overlap, each with its title
/// bar in sight.
struct Layout {
  let look: Look
  let topBar: Rect
  let statusBar: Rect
  private let size: Size

  init(_ size: Size) {
    self.size = size
    let fits = min(Double(size.width) / 1_180, Double(size.height) / 740)
    look = Look(scale: max(0.7, min(3, fits)))
    let (top, bottom) = (min(size.height, max(18, look(34))), min(size.height, max(16, look(28))))
    topBar = Rect(x: 0, y: 0, width: size.width, height: top)
    statusBar = Rect(x: 0, y: size.height - bottom, width: size.width, height: bottom)
  }

  /// What is between the bars.
  var room: Rect {
    Rect(left: 0, top: topBar.bottom, right: topBar.right, bottom: max(topBar.bottom, statusBar.top))
  }

  /// The windows' frames, by `DemoDesktop.Part`.
  var frames: [Rect] {
    let gap = look(22)
    let title = max(20, look(34))
    let side = look(286)
    let video = min(look(384), 640) / 16 * 16
    // As wide as the video, unless that is held small on a very large screen.
    let middle = look(384) > 640 ? look(384) : video
    let left = size.width - 4 * gap - middle - side
    let height = room.height - 2 * gap
    guard left >= look(280), height >= look(560) else { return cascade(title) }
    let (x0, x1, x2) = (gap, gap * 2 + left, gap * 3 + left + middle)
    let y = Int(room.top) + gap
    let typing = title + look(122)
    let videoHeight = title + video * 3 / 4
    let inputs = title + look(258)
    return [
      Rect(x: x0, y: y, width: left, height: height - typing - gap),
      Rect(x: x0, y: y + height - typing, width: left, height: typing),
      Rect(x: x1, y: y, width: middle, height: height - videoHeight - gap),
      Rect(x: x1 + (middle - video) / 2, y: y + height - videoHeight, width: video, height: videoHeight),
      Rect(x: x2, y: y, width: side, height: height - inputs - gap),
      Rect(x: x2, y: y + height - inputs, width: side, height: inputs),
    ]
  }

  /// Windows of the size that they need, each a step to the right of and below the one before.
  private func cascade(_ title: Int) -> [Rect] {
    let margin = look(10)
    let wishes = [
      Size(width: look(460), height: look(300)), Size(width: look(330), height: title + look(122)),
      Size(width: look(340), height: look(270)), Size(width: 320, height: title + 240),
      Size(width: look(210), height: look(270)), Size(width: look(280), height: title + look(240)),
    ]
    let most = Size(width: max(32, size.width - 2 * margin), height: max(title + 16, room.height - 2 * margin))
    return wishes.enumerated().map { index, wish in
      let (width, height) = (min(wish.width, most.width), min(wish.height, most.height))
      // Spread over what room each leaves: the first at the top left, the last at the bottom right.
      let steps = wishes.count - 1
      let order = [0, 4, 2, 3, 1, 5][index]
      let x = margin + (most.width - width) * order / steps
      let y = Int(room.top) + margin + (most.height - height) * [0, 5, 1, 4, 0, 3][index] / steps
      return reachable(Rect(x: x, y: y, width: width, height: height), title)
    }
  }

  /// The frame, moved to where its title bar can be taken hold of.
  func reachable(_ frame: Rect, _ title: Int) -> Rect {
    let hold = Int32(clamping: min(frame.width, max(48, title * 2)))
    let left = min(max(frame.left, room.left + hold - Int32(frame.width)), room.right - hold)
    let top = max(min(frame.top, room.bottom - Int32(clamping: title)), room.top)
    return frame.offset(x: left - frame.left, y: top - frame.top)
  }
}
