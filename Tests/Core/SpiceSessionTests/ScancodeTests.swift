import Testing

import SpiceSession

@Suite("Scancodes")
struct ScancodeTests {
  @Test("a plain key is one byte, with bit 7 for its release")
  func plainKey() {
    #expect(Scancode.a.pressed == 0x1E)
    #expect(Scancode.a.released == 0x9E)
  }

  @Test("an extended key has 0xE0 in the low byte and bit 7 of the next one for its release")
  func extendedKey() {
    #expect(Scancode.delete.pressed == 0x53E0)
    #expect(Scancode.delete.released == 0xD3E0)
  }

  @Test("KEY_SCANCODE carries the same bytes in their order")
  func sequences() {
    #expect(Scancode.space.pressSequence == [0x39])
    #expect(Scancode.space.releaseSequence == [0xB9])
    #expect(Scancode.rightControl.pressSequence == [0xE0, 0x1D])
    #expect(Scancode.rightControl.releaseSequence == [0xE0, 0x9D])
  }

  @Test("the release bit is no part of a key")
  func releaseBit() {
    #expect(Scancode(0x9E) == .a)
  }

  @Test("Pause is E0 46, which QEMU and Xspice both take for a key that goes down and comes up")
  func pause() {
    #expect(Scancode.pause.pressed == 0x46E0)
    #expect(Scancode.pause.released == 0xC6E0)
  }

  @Test("the Korean keys leave bit 7 free for their release")
  func koreanKeys() {
    #expect(Scancode.hangul.pressed == 0x72)
    #expect(Scancode.hangul.released == 0xF2)
    #expect(Scancode.hanja.pressed == 0x71)
  }

  @Test("keypad and navigation keys differ by the prefix alone")
  func keypadTwins() {
    let pairs: [(Scancode, Scancode)] = [
      (.keypad7, .home), (.keypad8, .up), (.keypad9, .pageUp), (.keypad4, .left), (.keypad6, .right),
      (.keypad1, .end), (.keypad2, .down), (.keypad3, .pageDown), (.keypad0, .insert), (.keypadPeriod, .delete),
      (.enter, .keypadEnter), (.slash, .keypadSlash), (.leftControl, .rightControl), (.leftAlt, .rightAlt),
    ]
    for (plain, extended) in pairs {
      #expect(plain.code == extended.code)
      #expect(!plain.extended && extended.extended)
    }
  }

  @Test("every key is read back from what KEY_DOWN and KEY_UP carry for it")
  func roundTrip() {
    for extended in [false, true] {
      for code in UInt8(1)...0x7F {
        let key = Scancode(code, extended: extended)
        #expect(Scancode(message: key.pressed) == key)
        // The release of plain 0x60 is the byte 0xE0, the prefix itself: no key has that code.
        if code != 0x60 || extended { #expect(Scancode(message: key.released) == key) }
      }
    }
  }

  @Test(
    "what is not one key is none",
    arguments: [0, 0x80, 0xE0, 0x80E0, 0x451DE1, 0x1E1E, 0x1E53E0, 0xFFFF_FFFF, 0x0100_0000] as [UInt32])
  func noKey(value: UInt32) {
    #expect(Scancode(message: value) == nil)
  }

  @Test("a scancode describes itself as the bytes of its press")
  func descriptions() {
    #expect("\(Scancode.escape)" == "01")
    #expect("\(Scancode.browserHome)" == "e0 32")
  }
}
