import SpiceProtocol
import SpiceSession

// What the host says to the guest's agent: in sessions that were opened with flag 4, once `agentReady` has come. Each
// answers -5 where the agent is not ready or cannot do that, or has no room for more.

/// Tells the guest that there is something to paste, in one form (`VD_AGENT_CLIPBOARD_*`: 1 is text in UTF-8).
@_expose(wasm, "saffron_clipboard_grab")
@_cdecl("saffron_clipboard_grab")
public func saffronClipboardGrab(_ handle: UInt32, _ selection: UInt32, _ type: UInt32) -> Int32 {
  onAgent(handle) { agent in
    guard let selection = ClipboardSelection(selection), let type = ClipboardType(rawValue: type) else { return nil }
    return agent.grabClipboard(selection, types: [type])
  }
}

/// Answers a `clipboardRequested` record.
@_expose(wasm, "saffron_clipboard_send")
@_cdecl("saffron_clipboard_send")
public func saffronClipboardSend(
  _ handle: UInt32, _ selection: UInt32, _ type: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32
) -> Int32 {
  onAgent(handle) { agent in
    guard let selection = ClipboardSelection(selection), let type = ClipboardType(rawValue: type),
      let bytes = bytes(start, count)
    else { return nil }
    return agent.sendClipboard(selection, type: type, bytes)
  }
}

/// Asks for what a `clipboardGrabbed` record named; `clipboardData` answers.
@_expose(wasm, "saffron_clipboard_request")
@_cdecl("saffron_clipboard_request")
public func saffronClipboardRequest(_ handle: UInt32, _ selection: UInt32, _ type: UInt32) -> Int32 {
  onAgent(handle) { agent in
    guard let selection = ClipboardSelection(selection), let type = ClipboardType(rawValue: type) else { return nil }
    return agent.requestClipboard(selection, type: type)
  }
}

/// Tells the guest that there is nothing to paste any more.
@_expose(wasm, "saffron_clipboard_release")
@_cdecl("saffron_clipboard_release")
public func saffronClipboardRelease(_ handle: UInt32, _ selection: UInt32) -> Int32 {
  onAgent(handle) { agent in
    guard let selection = ClipboardSelection(selection) else { return nil }
    return agent.releaseClipboard(selection)
  }
}

/// Wishes for `count` monitors, 1 to 16; at `start` stand u32 width, height and i32 x, y of each.
@_expose(wasm, "saffron_wish_monitors")
@_cdecl("saffron_wish_monitors")
public func saffronWishMonitors(_ handle: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32) -> Int32 {
  onAgent(handle) { agent in
    guard count <= UInt32(AgentEngine.monitorLimit), let monitors = bytes(start, count * 16) else { return nil }
    return agent.wish(monitors: stride(from: 0, to: monitors.count, by: 16).map { monitor(monitors[$0...]) })
  }
}

/// Lets the host speak with the agent; an action that returns nil was given a bad argument.
private func onAgent(_ handle: UInt32, _ action: (inout AgentEngine) -> Bool?) -> Int32 {
  onSession(handle) { $0.withAgent(action) }
}

private func monitor(_ bytes: ArraySlice<UInt8>) -> AgentMonitorsConfig.Monitor {
  func word(_ index: Int) -> UInt32 {
    bytes.dropFirst(4 * index).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
  return .init(width: word(0), height: word(1), x: Int32(bitPattern: word(2)), y: Int32(bitPattern: word(3)))
}

extension ClipboardSelection {
  fileprivate init?(_ number: UInt32) {
    guard let number = UInt8(exactly: number) else { return nil }
    self.init(rawValue: number)
  }
}
