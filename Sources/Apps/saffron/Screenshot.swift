import ArgumentParser
import SpiceClient
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession

struct Screenshot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "screenshot", _superCommandName: "saffron",
    abstract: "Save what a display shows.",
    discussion: """
      The first complete picture is saved; with --settle, the one after which nothing changed for that long. A display \
      that never rests is saved as it is once --timeout and then --settle have passed.

        saffron screenshot spice://localhost:5930 -o screen.png
        saffron screenshot spice://localhost:5930 -o - | display
      """)

  @OptionGroup var connection: ConnectionOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to: a .png or .ppm file, or - for PNG on standard output.", valueName: "file"))
  var output = "screenshot.png"

  @Option(help: ArgumentHelp("Which display, counted from 0.", valueName: "n"))
  var display = 0

  @Option(help: ArgumentHelp("Wait until the picture has not changed for so many milliseconds.", valueName: "ms"))
  var settle = 0

  @Flag(help: "Draw the pointer into the picture.")
  var cursor = false

  func validate() throws {
    guard display >= 0 else { throw ValidationError("--display counts from 0") }
    guard (0...600_000).contains(settle) else { throw ValidationError("--settle takes 0 to 600000 milliseconds") }
    guard output == "-" || output.hasSuffix(".png") || output.hasSuffix(".ppm") else {
      throw ValidationError("--output has to end in .png or .ppm, or to be - for PNG on standard output")
    }
  }

  func run() async throws {
    var options = ClientOptions(channels: cursor ? [.display, .cursor] : [.display])
    options.decodesVideo = false
    options.eagerDisplay = UInt8(exactly: display)
    let client = try await connection.connect(options)
    let image = try await connection.reporting { () throws(ClientError) in
      try await client.screenshot(
        of: display, withPointer: cursor, settled: .milliseconds(settle), timeout: .seconds(connection.timeout))
    }
    async let leaving: Void = client.disconnect()
    do {
      try save(image)
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.failure
    }
    await leaving
  }

  private func save(_ image: Raster) throws {
    if output == "-" {
      guard Terminal.write(try PNG.encode(image), to: 1) else {
        throw FileFailure(description: "standard output was closed before the picture was written")
      }
      return
    }
    if output.hasSuffix(".ppm") {
      try FileOutput.write(PPM.pieces(of: image), to: output)
    } else {
      try FileOutput.write(CollectionOfOne(try PNG.encode(image)), to: output)
    }
    Terminal.tell("\(output): \(image.width)×\(image.height)")
  }
}
