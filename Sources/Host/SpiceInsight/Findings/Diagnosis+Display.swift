import SpiceCodecs
import SpiceMedia
import SpiceProtocol

// Display channels: what is referred to has to be there.
extension Diagnosis {
  mutating func see(_ message: DisplayClientMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch message {
    case .initialize(let opened):
      it.display.hasInit = true
      it.display.initializedAt = event.time
      if let session = it.session, options.followsGLZ, dictionaries[session] == nil, dictionaries.count < 16 {
        let window = min(max(Int(opened.glzWindowSize), 1), 32 << 20)
        dictionaries[session] = GLZWindow(capacity: window)
      }
    case .preferredCompression:
      let has = it.serverHas(specific: DisplayCapability.preferredCompression.rawValue)
      require(has, it, event, "PREFERRED_COMPRESSION", .server, "PREF_COMPRESSION")
    case .preferredVideoCodecs:
      let has = it.serverHas(specific: DisplayCapability.preferredVideoCodecType.rawValue)
      require(has, it, event, "PREFERRED_VIDEO_CODEC_TYPE", .server, "PREF_VIDEO_CODEC_TYPE")
    case .streamReport, .glDrawDone: break
    }
  }

  mutating func see(_ message: DisplayServerMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    it.display.hasSpoken = true
    if let session = it.session { sessions[session, default: SessionCase()].hasPicture = true }
    switch message {
    case .mode:
      it.display.surfaces.insert(0)
    case .surfaceCreate(let surface):
      if it.display.surfaces.count < 65_536 { it.display.surfaces.insert(surface.id) }
    case .surfaceDestroy(let id):
      use(surface: id, it, event)
      it.display.surfaces.remove(id)
    case .draw(let base, let command):
      use(surface: base.surface, it, event)
      if case .composite = command { require(.composite, "DRAW_COMPOSITE", it, event) }
      for image in command.images { see(image, &it, event) }
    case .streamCreate(let stream):
      use(surface: stream.surface, it, event)
      require(codec: stream.codec, it, event)
      if it.display.streams.count < 65_536 { it.display.streams.insert(stream.id) }
    case .streamData(let frame):
      use(stream: frame.id, it, event)
      if frame.sizing != nil { require(.sizedStream, "STREAM_DATA_SIZED", it, event) }
    case .streamClip(let id, _): use(stream: id, it, event)
    case .streamDestroy(let id):
      use(stream: id, it, event)
      it.display.streams.remove(id)
    case .streamDestroyAll: it.display.streams = []
    case .monitorsConfig: require(.monitorsConfig, "MONITORS_CONFIG", it, event)
    case .streamActivateReport: require(.streamReport, "STREAM_ACTIVATE_REPORT", it, event)
    case .glScanoutUnix, .glDraw: require(.glScanout, "GL_SCANOUT", it, event)
    case .invalidateList(let resources):
      if let session = it.session {
        for resource in resources { sessions[session]?.images.remove(resource.id) }
      }
    case .invalidateAllPixmaps(let waits):
      if let session = it.session { sessions[session]?.images = [] }
      note(waits, it, event)
    case .invalidatePalette(let id): it.display.palettes.remove(id)
    case .invalidateAllPalettes: it.display.palettes = []
    case .mark, .reset, .qualityIndicator: break
    }
  }

  private mutating func require(
    _ capability: DisplayCapability, _ what: String, _ it: ConversationCase, _ event: FlowEvent
  ) {
    require(it.clientHas(specific: capability.rawValue), it, event, what, .client, capability.name.description)
  }

  private mutating func require(codec: VideoCodec, _ it: ConversationCase, _ event: FlowEvent) {
    let capability: DisplayCapability
    switch codec {
    case .mjpeg: return
    case .vp8: capability = .codecVP8
    case .h264: capability = .codecH264
    case .vp9: capability = .codecVP9
    case .h265: capability = .codecH265
    }
    require(capability, "a \(codec.name) stream", it, event)
  }

  private mutating func use(surface id: UInt32, _ it: ConversationCase, _ event: FlowEvent) {
    guard !it.isPartial, !it.display.surfaces.contains(id), case .message(let message) = event.kind else { return }
    give(
      .surfaceUnknown, evidence(event),
      "\(message.name) (serial \(message.serial)) uses surface \(id), which does not exist at that point")
  }

  private mutating func use(stream id: UInt32, _ it: ConversationCase, _ event: FlowEvent) {
    guard !it.isPartial, !it.display.streams.contains(id), case .message(let message) = event.kind else { return }
    give(
      .streamUnknown, evidence(event),
      "\(message.name) (serial \(message.serial)) is for stream \(id), which does not exist at that point")
  }

  private mutating func see(_ image: Image, _ it: inout ConversationCase, _ event: FlowEvent) {
    guard let session = it.session else { return }
    let isPartial = it.isPartial || sessions[session, default: SessionCase()].isPartial
    switch image.content {
    case .fromCache, .fromCacheLossless:
      if !isPartial, sessions[session]?.images.contains(image.id) != true {
        give(
          .imageNotCached, evidence(event),
          "\(name(event)) takes image \(hex(image.id)) from the cache, and it is not there")
      }
      return
    case .surface(let id): use(surface: id, it, event)
    case .bitmap(let bitmap): see(bitmap.palette, &it, event)
    case .lzPalette(let packed): see(packed.palette, &it, event)
    case .lz4: require(.lz4Compression, "an LZ4 image", it, event)
    case .glzRGB(let data):
      if !isPartial { follow(data, session, event) }
    case .zlibGLZ(let size, let data):
      if !isPartial { follow(zlib: data, size: size, session, event) }
    case .quic, .lzRGB, .jpeg, .jpegAlpha: break
    }
    if !image.flags.isDisjoint(with: [.cacheMe, .cacheReplaceMe]), (sessions[session]?.images.count ?? 0) < 1 << 20 {
      sessions[session]?.images.insert(image.id)
    }
  }

  private mutating func see(_ palette: PaletteSource, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch palette {
    case .none: break
    case .inline(let palette, let cacheMe):
      if cacheMe, it.display.palettes.count < 65_536 { it.display.palettes.insert(palette.id) }
    case .cached(let id):
      if !it.isPartial, !it.display.palettes.contains(id) {
        give(
          .paletteNotCached, evidence(event),
          "\(name(event)) takes palette \(hex(id)) from the cache, and it is not there")
      }
    }
  }

  private mutating func follow(_ data: ArraySlice<UInt8>, _ session: UInt32, _ event: FlowEvent) {
    guard var window = dictionaries.removeValue(forKey: session) else { return }
    do throws(CodecError) {
      // An image that may yet come on another channel is no fault.
      let outcome = try window.decode(data)
      if case .waiting(let id) = outcome, !hasOtherDisplay(session, event.conversation) {
        giveGLZ("it refers to image \(id), which was never sent", data, event)
      } else if case .decoded = outcome {
        dictionaries[session] = window
      }
    } catch {
      giveGLZ("\(error)", data, event)
    }
  }

  /// Zlib's bytes hold GLZ's.
  private mutating func follow(zlib data: ArraySlice<UInt8>, size: UInt32, _ session: UInt32, _ event: FlowEvent) {
    guard dictionaries[session] != nil else { return }
    do throws(MediaError) {
      follow(try Deflate.inflate(data, expectedSize: Int(clamping: size), limit: 64 << 20)[...], session, event)
    } catch {
      dictionaries[session] = nil
      giveGLZ("\(error)", [], event)
    }
  }

  private mutating func giveGLZ(_ what: String, _ data: ArraySlice<UInt8>, _ event: FlowEvent) {
    let id = (try? GLZHeader(of: data)).map { " \($0.id)" } ?? ""
    give(.glzReference, evidence(event), "\(name(event)) has GLZ image\(id) that cannot be unpacked: \(what)")
  }

  private func hasOtherDisplay(_ session: UInt32, _ id: Int) -> Bool {
    cases.contains { $0.key != id && $0.value.session == session && $0.value.channel?.type == .display }
  }

  private func name(_ event: FlowEvent) -> String {
    guard case .message(let message) = event.kind else { return "a message" }
    return "\(message.name) (serial \(message.serial))"
  }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

extension DrawCommand {
  /// Every image that the command draws with.
  var images: [Image] {
    func of(_ brush: BrushSource) -> [Image] { if case .pattern(let image, _) = brush { [image] } else { [] } }
    func of(_ mask: MaskSource) -> [Image] { mask.bitmap.map { [$0] } ?? [] }
    switch self {
    case .copyBits: return []
    case .fill(let brush, _, let mask): return of(brush) + of(mask)
    case .opaque(let source, _, let brush, _, _, let mask): return [source] + of(brush) + of(mask)
    case .copy(let source, _, _, _, let mask), .blend(let source, _, _, _, let mask): return [source] + of(mask)
    case .blackness(let mask), .whiteness(let mask), .invert(let mask): return of(mask)
    case .rop3(let source, _, let brush, _, _, let mask): return [source] + of(brush) + of(mask)
    case .stroke(_, _, let brush, _, _): return of(brush)
    case .text(_, _, let fore, let back, _, _): return of(fore) + of(back)
    case .transparent(let source, _, _, _), .alphaBlend(_, _, let source, _): return [source]
    case .composite(let composite): return [composite.source] + (composite.mask.map { [$0] } ?? [])
    }
  }
}
