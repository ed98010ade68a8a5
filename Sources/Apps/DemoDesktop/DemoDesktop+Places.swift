import SpicePixels

// Where things are on the picture, and what they hold: what a test points at.
extension DemoDesktop {
  /// A window or bar without its shadow, where it is to be.
  package func frame(of part: Part) -> Rect { screen.layers[part.rawValue].frame }

  /// What a window can be dragged by.
  package func titleBar(of part: Part) -> Rect {
    let window = screen.layers[part.rawValue]
    return window.titleBar.offset(
      x: window.frame.left - Int32(window.margin), y: window.frame.top - Int32(window.margin))
  }

  /// What holds the video and lets it go on.
  package var videoButton: Rect {
    let window = screen.layers[Part.video.rawValue]
    return window.titleButton.offset(
      x: window.frame.left - Int32(window.margin), y: window.frame.top - Int32(window.margin))
  }

  /// What asks for a tone.
  package var toneButton: Rect {
    let window = screen.layers[Part.inputs.rawValue]
    return inputs.button.offset(
      x: window.frame.left - Int32(window.margin), y: window.frame.top - Int32(window.margin))
  }

  /// What stands in the field.
  package var typed: String { String(decoding: typing.text, as: UTF8.self) }

  /// The log's lines without their times, the oldest first.
  package var logged: [String] { log.history.map(\.text) }

  package var isPlaying: Bool { video.isPlaying }

  /// Steps that the wheel made.
  package var wheelSteps: Int { inputs.wheelSteps }

  /// What the layers make if all of it is painted anew.
  package func repainted() -> Raster {
    var screen = screen
    screen.mark(screen.bounds)
    _ = screen.finish()
    return screen.surface.raster
  }
}
