// Memory that the host writes to before it calls another export. It is the host's until it frees it.

/// Most bytes of one call's arguments, and so of one buffer: the pixels of the largest image.
let argumentLimit: UInt32 = 256 << 20

/// `count` bytes, at a multiple of 16; 0 where that is more than any call takes.
@_expose(wasm, "saffron_allocate")
@_cdecl("saffron_allocate")
public func saffronAllocate(_ count: UInt32) -> UnsafeMutableRawPointer? {
  count <= argumentLimit ? .allocate(byteCount: max(1, Int(count)), alignment: 16) : nil
}

/// Gives back what `saffron_allocate` gave; 0 is nothing to give back.
@_expose(wasm, "saffron_free")
@_cdecl("saffron_free")
public func saffronFree(_ memory: UnsafeMutableRawPointer?) {
  memory?.deallocate()
}
