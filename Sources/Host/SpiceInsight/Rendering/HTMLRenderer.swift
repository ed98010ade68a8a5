/// One page with everything in it: what is wrong, the screen at any moment, a timeline, the channels, and all events, to
/// search and fold. It loads nothing and works from a file.
public enum HTMLRenderer {
  public static func page(_ document: JSONRenderer.Document) throws -> String {
    // Inside a script element only "</" and "<!--" could end it; JSON may escape the character.
    let data = try JSONRenderer.document(document).split(separator: "<", omittingEmptySubsequences: false)
      .joined(separator: "\\u003c")
    return head + "<style>\n" + style + "\n</style>\n" + body + "<script id=\"flow\" type=\"application/json\">" + data
      + "</script>\n<script type=\"module\">\n" + script + "\n</script>\n</html>"
  }

  private static let head = #"""
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>SPICE flow</title>

    """#

  private static let body = #"""
    <header>
      <h1>SPICE flow</h1>
      <p id="summary"></p>
      <button id="shade" type="button" title="Light, dark, or as the system has it">◐</button>
    </header>
    <main>
      <section id="findings" aria-label="Findings"></section>
      <section id="stage">
        <figure id="screen" hidden>
          <div id="frame"><img id="picture" alt="The screen at that moment"></div>
          <figcaption>
            <button id="before" type="button" title="The picture before (←)">‹</button>
            <button id="play" type="button" title="Play (space)">▶</button>
            <button id="after" type="button" title="The next picture (→)">›</button>
            <select id="display" aria-label="Display" hidden></select>
            <span id="moment" class="mono"></span>
          </figcaption>
        </figure>
        <div id="lanes">
          <canvas id="time" tabindex="0" aria-label="Timeline: bytes a channel, client above and server below"></canvas>
          <p class="dim hint"><span class="client">▲ client</span> <span class="server">▼ server</span>
            said so many bytes; click to see the screen and the messages of a moment</p>
        </div>
      </section>
      <details id="channels"><summary>Channels</summary><div class="scroll"><table></table></div></details>
      <section id="list" aria-label="Events">
        <form id="filter">
          <input id="search" type="search" placeholder="Search: draw_copy surface_id …" aria-label="Search" autocomplete="off">
          <select id="channel" aria-label="Channel"><option value="">every channel</option></select>
          <select id="speaker" aria-label="Who"><option value="">both ends</option><option>client</option><option>server</option></select>
          <button id="fold" type="button">fold all</button>
          <span id="count" class="dim"></span>
        </form>
        <div id="earlier"></div><div id="events"></div><div id="later"></div>
      </section>
    </main>

    """#
}
