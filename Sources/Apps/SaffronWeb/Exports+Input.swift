import SpiceProtocol
import SpiceSession

/// Presses (1) or releases (0) a key; `code` is its PC/AT scancode as KEY_DOWN has it, 0xE0 in the low byte where it
/// has that prefix.
@_expose(wasm, "saffron_key")
@_cdecl("saffron_key")
public func saffronKey(_ handle: UInt32, _ code: UInt32, _ pressed: UInt32) -> Int32 {
  onSession(handle) { session in
    guard let key = Scancode(message: code) else { return .badArgument }
    return session.withInputs { inputs in
      if pressed != 0 { inputs.press(key) } else { inputs.release(key) }
    }
  }
}

/// Sets the lock lights: 1 scroll, 2 number, 4 capitals.
@_expose(wasm, "saffron_lights")
@_cdecl("saffron_lights")
public func saffronLights(_ handle: UInt32, _ lights: UInt32) -> Int32 {
  onSession(handle) { session in
    session.withInputs { $0.set(KeyboardModifiers(rawValue: UInt16(truncatingIfNeeded: lights & 7))) }
  }
}

/// Moves the pointer by so many pixels: where the server has it (mouse mode 1).
@_expose(wasm, "saffron_pointer_motion")
@_cdecl("saffron_pointer_motion")
public func saffronPointerMotion(_ handle: UInt32, _ dx: Int32, _ dy: Int32) -> Int32 {
  onSession(handle) { session in session.withInputs { $0.move(dx: dx, dy: dy) } }
}

/// Moves the pointer to that pixel of a display: where the client has it (mouse mode 2).
@_expose(wasm, "saffron_pointer_position")
@_cdecl("saffron_pointer_position")
public func saffronPointerPosition(_ handle: UInt32, _ x: UInt32, _ y: UInt32, _ display: UInt32) -> Int32 {
  onSession(handle) { session in
    guard let display = UInt8(exactly: display) else { return .badArgument }
    return session.withInputs { $0.move(x: x, y: y, display: display) }
  }
}

/// Presses (1) or releases (0) a button: 1 left, 2 middle, 3 right, 4 and 5 the wheel up and down, 6 side, 7 extra.
@_expose(wasm, "saffron_button")
@_cdecl("saffron_button")
public func saffronButton(_ handle: UInt32, _ button: UInt32, _ pressed: UInt32) -> Int32 {
  onSession(handle) { session in
    guard let button = UInt8(exactly: button).flatMap(MouseButton.init(rawValue:)) else { return .badArgument }
    return session.withInputs { inputs in
      if pressed != 0 { inputs.press(button) } else { inputs.release(button) }
    }
  }
}

/// Asks the server to let one end move the pointer: 1 the server, 2 the client.
@_expose(wasm, "saffron_request_mouse_mode")
@_cdecl("saffron_request_mouse_mode")
public func saffronRequestMouseMode(_ handle: UInt32, _ mode: UInt32) -> Int32 {
  onSession(handle) { session in
    guard mode == 1 || mode == 2 else { return .badArgument }
    return session.request(MouseModes(rawValue: mode))
  }
}

/// Asks for a sign of life: when an `acknowledged` record names as many motions as this answers (more than 0), the server
/// has taken in all that was sent before. It costs up to eight small messages.
@_expose(wasm, "saffron_echo")
@_cdecl("saffron_echo")
public func saffronEcho(_ handle: UInt32) -> Int32 {
  var motions: UInt64 = 0
  let status = onSession(handle) { session in session.withInputs { motions = $0.requestAcknowledgement() } }
  return status == Status.done.rawValue ? Int32(clamping: motions) : status
}
