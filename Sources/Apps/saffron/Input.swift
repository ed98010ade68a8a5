import ArgumentParser
import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceSession

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", _superCommandName: "saffron",
    abstract: "Press keys.",
    discussion: """
      Keys have the names printed on a US keyboard; a combination has - or + between them, and *N repeats it:

        saffron key spice://localhost:5930 down*3 enter
        saffron key spice://localhost:5930 ctrl-alt-f2
      """)

  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "Keys and combinations, in the order to press them.")
  var keys: [String]

  @Option(help: ArgumentHelp("Milliseconds between presses.", valueName: "ms"))
  var interval = 20

  func validate() throws { try checkInterval(interval) }

  func run() async throws {
    let combinations: [KeyCombination]
    do {
      combinations = try keys.map { try KeyCombination($0) }
    } catch {
      throw ValidationError("\(error)")
    }
    try await connection.withInputs { client throws(ClientError) in
      for combination in combinations {
        for _ in 0..<max(0, combination.repetitions) {
          try await client.send(KeyCombination(combination.keys))
          do { try await Task.sleep(for: .milliseconds(interval)) } catch { throw .closed }
        }
      }
    }
  }
}

struct TypeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "type", _superCommandName: "saffron",
    abstract: "Type a text on a US keyboard.",
    discussion: """
      The guest has to use a US layout too. A new line is Enter, a tabulator is Tab.

        saffron type spice://localhost:5930 "uname -a
        "
      """)

  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The text.")
  var text: String

  @Option(help: ArgumentHelp("Milliseconds between keys.", valueName: "ms"))
  var interval = 10

  @Flag(help: "Press Enter at the end.")
  var enter = false

  func validate() throws { try checkInterval(interval) }

  func run() async throws {
    do {
      _ = try USLayout.strokes(for: text)
    } catch {
      throw ValidationError("\(error)")
    }
    try await connection.withInputs { client throws(ClientError) in
      try await client.type(enter ? text + "\n" : text, interval: .milliseconds(interval))
    }
  }
}

private func checkInterval(_ milliseconds: Int) throws {
  guard (0...60_000).contains(milliseconds) else { throw ValidationError("--interval takes 0 to 60000 milliseconds") }
}

/// A button as the command line names it.
enum ButtonName: String, ExpressibleByArgument, CaseIterable {
  case left, middle, right, side, extra

  var button: MouseButton {
    switch self {
    case .left: .left
    case .middle: .middle
    case .right: .right
    case .side: .side
    case .extra: .extra
    }
  }
}

/// A pixel of a display.
struct PointOptions: ParsableArguments {
  @Argument(help: "Pixels from the left.")
  var x: Int32

  @Argument(help: "Pixels from the top.")
  var y: Int32

  @Option(help: ArgumentHelp("Which display, counted from 0.", valueName: "n"))
  var display = 0

  func validate() throws {
    guard x >= 0, y >= 0 else { throw ValidationError("X and Y count from 0") }
    guard (0...255).contains(display) else { throw ValidationError("--display takes 0 to 255") }
  }
}

struct Move: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", _superCommandName: "saffron", abstract: "Place the pointer.")

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var point: PointOptions

  func run() async throws {
    try await connection.withInputs { client throws(ClientError) in
      try await client.place(point)
    }
  }
}

struct Click: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "click", _superCommandName: "saffron",
    abstract: "Click at a place.",
    discussion: """
        saffron click spice://localhost:5930 320 240 --button right
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var point: PointOptions

  @Option(help: "left, middle, right, side or extra.")
  var button = ButtonName.left

  @Flag(help: "Click twice.")
  var double = false

  func run() async throws {
    try await connection.withInputs { client throws(ClientError) in
      try await client.place(point)
      // A guest may take a click that comes with the motion for one at the old place.
      do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .closed }
      for _ in 0..<(double ? 2 : 1) { try await client.click(button.button) }
    }
  }
}

extension Client {
  /// Places the pointer, where needed after the server has answered the request to let the client do so.
  fileprivate func place(_ point: PointOptions) async throws(ClientError) {
    let start = ContinuousClock.now
    while !information.mouseMode.contains(.client), information.supportedMouseModes.contains(.client),
      ContinuousClock.now - start < .seconds(2)
    {
      do { try await Task.sleep(for: .milliseconds(5)) } catch { throw .closed }
    }
    try await movePointer(to: Point(x: point.x, y: point.y), display: point.display)
  }
}

extension ConnectionOptions {
  /// Connects, acts, waits until the server has taken everything in, and disconnects.
  func withInputs(_ action: (Client) async throws(ClientError) -> Void) async throws {
    let client = try await connect([.inputs])
    try await reporting { () throws(ClientError) in
      try await action(client)
      if try await !client.inputTaken() {
        Terminal.tell("saffron: the server did not confirm the input within 2 seconds; it may not have arrived")
      }
    }
    await client.disconnect()
  }
}
