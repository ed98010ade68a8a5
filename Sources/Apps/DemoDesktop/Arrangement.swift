import SpicePixels

import SpiceCanvas

/// All parts of a desktop, made for one size.
struct Arrangement {
  /// What a desktop keeps when it gets another size.
  struct Kept {
    var history: [LogWindow.Line] = []
    var text: [UInt8] = []
    var isPlaying = true
    var frame = 0
    var wheelSteps = 0
  }

  let layout: Layout
  let screen: Screen
  let log: LogWindow
  let typing: TypingWindow
  let video: VideoWindow
  let clock: ClockWindow
  let inputs: InputsWindow
  let topBar: TopBar
  let statusBar: StatusBar
  let trail: Trail

  init(_ size: Size, time: Double, now: Double = 0, keeping kept: Kept = Kept()) throws(CanvasError) {
    guard size.width > 0, size.height > 0, PixelLimits.standard.allow(width: size.width, height: size.height) else {
      throw .surfaceSizeRefused(width: size.width, height: size.height, limits: .standard)
    }
    layout = Layout(size)
    let (look, frames) = (layout.look, layout.frames)
    let wallpaper = Wallpaper.picture(size)
    func window(_ title: String, _ part: DemoDesktop.Part, paper: UInt32 = Colors.paper) -> Window {
      Window(title, frame: frames[part.rawValue], paper: paper, look: look)
    }
    var logWindow = window("Log", .log, paper: Colors.terminal)
    log = LogWindow(kept.history, on: &logWindow, look: look)
    var typingWindow = window("Typing", .typing)
    typing = TypingWindow(kept.text, on: &typingWindow, look: look)
    var photoWindow = window("Photograph", .photo, paper: 0xFF0B_1020)
    _ = PhotoWindow(on: &photoWindow)
    var videoWindow = window("Video", .video, paper: 0xFF8A_4580)
    video = VideoWindow(on: &videoWindow, look: look, playing: kept.isPlaying, frame: kept.frame, at: now)
    var clockWindow = window("Clock", .clock)
    clock = ClockWindow(time: time, on: &clockWindow, look: look)
    var inputsWindow = window("Inputs", .inputs)
    inputs = InputsWindow(on: &inputsWindow, look: look, wheelSteps: kept.wheelSteps)
    var top = Window(bar: layout.topBar, over: wallpaper)
    topBar = TopBar(on: &top, look: look)
    var status = Window(bar: layout.statusBar, over: wallpaper)
    statusBar = StatusBar(on: &status, look: look, screen: size)
    trail = Trail(look: look)
    screen = try Screen(
      size, wallpaper: wallpaper,
      layers: [logWindow, typingWindow, photoWindow, videoWindow, clockWindow, inputsWindow, top, status],
      sprites: trail.sprites)
  }
}
