import SpicePixels
import SpiceProtocol
import SpiceSession

// What the module gives to its host. `Documentation/web-core.md` describes each function, the memory they exchange and
// the records. Functions are added; what is here keeps its name, its arguments and its meaning.

/// Counts up when a function is added, a record kind is added, or a record grows at its end.
@_expose(wasm, "saffron_version")
@_cdecl("saffron_version")
public func saffronVersion() -> UInt32 { 4 }

/// `flags`: 1, the ticket will hold a password; 2, the host decodes Opus; 4, the host speaks with the guest's agent. 0 where
/// there are too many sessions.
@_expose(wasm, "saffron_open")
@_cdecl("saffron_open")
public func saffronOpen(_ flags: UInt32) -> UInt32 {
  var session = WebSession()
  session.hasPassword = flags & 1 != 0
  session.decodesOpus = flags & 2 != 0
  session.speaksWithAgent = flags & 4 != 0
  return table.open(session) ?? 0
}

@_expose(wasm, "saffron_close")
@_cdecl("saffron_close")
public func saffronClose(_ handle: UInt32) -> Int32 {
  table.close(handle).rawValue
}

/// What displays that are linked from now on ask the server to compress images with (`SPICE_IMAGE_COMPRESSION_*`); 0
/// leaves it to the server.
@_expose(wasm, "saffron_prefer_compression")
@_cdecl("saffron_prefer_compression")
public func saffronPreferCompression(_ handle: UInt32, _ compression: UInt32) -> Int32 {
  let preferred = UInt8(exactly: compression).flatMap(ImageCompression.init(rawValue:))
  return onSession(handle) { session in
    guard preferred != nil || compression == 0 else { return .badArgument }
    session.preferredCompression = preferred
    return .done
  }
}

/// Which streams of video the host decodes besides MJPEG, in displays that are linked from now on: bit n stands for the
/// protocol's codec n (`SPICE_VIDEO_CODEC_TYPE_*`).
@_expose(wasm, "saffron_accept_video")
@_cdecl("saffron_accept_video")
public func saffronAcceptVideo(_ handle: UInt32, _ codecs: UInt32) -> Int32 {
  let known = VideoCodec.allCases.filter { codecs >> $0.rawValue & 1 != 0 }
  return onSession(handle) { session in
    guard known.reduce(0, { $0 | 1 << UInt32($1.rawValue) }) == codecs else { return .badArgument }
    session.videoCodecs = known
    return .done
  }
}

// MARK: Channels

/// Begins a channel on a connection that was opened for it.
@_expose(wasm, "saffron_link")
@_cdecl("saffron_link")
public func saffronLink(_ handle: UInt32, _ type: UInt32, _ id: UInt32, _ milliseconds: Double) -> Int32 {
  onSession(handle) { session in
    guard let channel = ChannelID(type, id) else { return .badArgument }
    return session.link(channel, at: Moment(milliseconds: milliseconds))
  }
}

/// Bytes from the server.
@_expose(wasm, "saffron_receive")
@_cdecl("saffron_receive")
public func saffronReceive(
  _ handle: UInt32, _ type: UInt32, _ id: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32,
  _ milliseconds: Double
) -> Int32 {
  onChannel(handle, type, id, milliseconds) { bytes(start, count).map { .receive($0) } }
}

/// The host's answer to an `encryptTicket` record.
@_expose(wasm, "saffron_ticket")
@_cdecl("saffron_ticket")
public func saffronTicket(
  _ handle: UInt32, _ type: UInt32, _ id: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32,
  _ milliseconds: Double
) -> Int32 {
  onChannel(handle, type, id, milliseconds) {
    guard count == LinkConstants.ticketSize else { return nil }
    return bytes(start, count).map { .answer(ticket: $0) }
  }
}

/// The connection has ended.
@_expose(wasm, "saffron_disconnected")
@_cdecl("saffron_disconnected")
public func saffronDisconnected(_ handle: UInt32, _ type: UInt32, _ id: UInt32, _ milliseconds: Double) -> Int32 {
  onChannel(handle, type, id, milliseconds) { .disconnect }
}

/// To be called about once a second, and when `saffron_alarm` says: ends what took too long, shows frames whose time has come.
@_expose(wasm, "saffron_tick")
@_cdecl("saffron_tick")
public func saffronTick(_ handle: UInt32, _ milliseconds: Double) -> Int32 {
  onSession(handle) { session in
    session.tick(at: Moment(milliseconds: milliseconds))
    return .done
  }
}

/// When `saffron_tick` is to be called for frames to be shown in time; negative where none waits. It may change with every
/// call but the looks at what is shown.
@_expose(wasm, "saffron_alarm")
@_cdecl("saffron_alarm")
public func saffronAlarm(_ handle: UInt32) -> Double {
  var alarm: Moment?
  _ = table.change(handle) { session in
    alarm = session.alarm
    return .done
  }
  return alarm.map { Double($0.microseconds) / 1000 } ?? -1
}

/// Sound of a `soundData` record's time was put in line, and will be heard after `delay` milliseconds: frames are shown to
/// go with it.
@_expose(wasm, "saffron_sound_heard")
@_cdecl("saffron_sound_heard")
public func saffronSoundHeard(_ handle: UInt32, _ time: UInt32, _ delay: UInt32, _ milliseconds: Double) -> Int32 {
  onSession(handle) { session in
    session.hear(time, after: delay, at: Moment(milliseconds: milliseconds))
    return .done
  }
}

/// 1 where a channel takes more bytes, 0 where it has to digest first.
@_expose(wasm, "saffron_wants_input")
@_cdecl("saffron_wants_input")
public func saffronWantsInput(_ handle: UInt32, _ type: UInt32, _ id: UInt32) -> Int32 {
  onSession(handle) { session in
    guard let channel = ChannelID(type, id) else { return .badArgument }
    return session.wantsInput(channel) ? .hold : .done
  }
}

/// The records that are due: a u32 that counts their bytes, and they. 0 where there are none.
@_expose(wasm, "saffron_drain")
@_cdecl("saffron_drain")
public func saffronDrain(_ handle: UInt32) -> UnsafePointer<UInt8>? {
  var start: UnsafePointer<UInt8>?
  _ = table.change(handle) { session in
    // The session keeps the array until the next drain, so that its bytes stay where they are.
    if session.drain() { start = session.records.bytes.withUnsafeBufferPointer { $0.baseAddress } }
    return .done
  }
  return start
}

// MARK: Decoding

/// The pixels of a `decodeJPEG` or `decodeVideo` record: bytes R, G, B, A, as a canvas gives them.
@_expose(wasm, "saffron_decoded_pixels")
@_cdecl("saffron_decoded_pixels")
public func saffronDecodedPixels(
  _ handle: UInt32, _ display: UInt32, _ job: UInt32, _ start: UnsafeRawPointer?, _ width: UInt32, _ height: UInt32,
  _ milliseconds: Double
) -> Int32 {
  onJob(handle, display, job, milliseconds) { pixels(start, width, height).map { .pixels($0) } }
}

/// The bytes of an `inflate` record.
@_expose(wasm, "saffron_decoded_bytes")
@_cdecl("saffron_decoded_bytes")
public func saffronDecodedBytes(
  _ handle: UInt32, _ display: UInt32, _ job: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32,
  _ milliseconds: Double
) -> Int32 {
  onJob(handle, display, job, milliseconds) { bytes(start, count).map { .bytes($0) } }
}

/// The decoder of a `decodeVideo` record wants more frames before it gives one.
@_expose(wasm, "saffron_decoded_nothing")
@_cdecl("saffron_decoded_nothing")
public func saffronDecodedNothing(_ handle: UInt32, _ display: UInt32, _ job: UInt32, _ milliseconds: Double) -> Int32 {
  onJob(handle, display, job, milliseconds) { .nothing }
}

/// The decoder refused; the text, in UTF-8, is its own.
@_expose(wasm, "saffron_decode_failed")
@_cdecl("saffron_decode_failed")
public func saffronDecodeFailed(
  _ handle: UInt32, _ display: UInt32, _ job: UInt32, _ start: UnsafeRawPointer?, _ count: UInt32,
  _ milliseconds: Double
) -> Int32 {
  onJob(handle, display, job, milliseconds) {
    bytes(start, count).map { .failed(String(decoding: $0.prefix(1024), as: UTF8.self)) }
  }
}
