/// What a web browser is shown that calls a SPICE port.
public enum WelcomePage {
  /// The default page: one file, no script, nothing loaded from anywhere.
  ///
  /// - Parameter address: escaped for HTML already.
  public static func html(for address: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <link rel="icon" href="data:,">
    <title>A SPICE server</title>
    <style>
      :root { color-scheme: light dark }
      body { font: 1.1em/1.5 system-ui, sans-serif; max-width: 36em; margin: 4em auto; padding: 0 1em }
      code { font-family: ui-monospace, monospace; background: #8883; padding: .1em .3em; border-radius: .2em }
    </style>
    <h1>This is a SPICE server</h1>
    <p>The screen of a computer is served here, and not as web pages. A SPICE client shows it:</p>
    <ul>
      <li><code>remote-viewer \(address)</code></li>
      <li><code>saffron screenshot \(address)</code></li>
    </ul>
    <p>Programs in a browser reach it by a WebSocket at this same address (subprotocol <code>binary</code>).</p>
    </html>

    """
  }

  /// Makes text harmless within HTML, also in attributes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
