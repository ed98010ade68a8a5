import SpiceCanvas
import SpicePixels
import SpiceProtocol

extension DisplayServer {
  /// The multimedia clock, by which clients show frames: milliseconds of the host's clock. The main channel's
  /// `multi_media_time` must be the same.
  public static func multimediaTime(at now: Moment) -> UInt32 {
    UInt32(truncatingIfNeeded: now.microseconds / 1000)
  }

  // MARK: Begin and end

  /// Sends as video from now on what has changed all the time, looks like a film, and has changed for its better part.
  ///
  /// - Parameters:
  ///   - changed: What has changed, and then what of it is sent otherwise.
  ///   - drawn: What else has changed.
  mutating func findVideo(_ changed: inout Region, _ drawn: Region, _ screen: RowRaster, at now: Moment) {
    // A film's first frame may be late: what was never shown is sent as a picture first.
    guard takesVideo, unshown.isEmpty else { return }
    for rect in videos.finder.found(at: now) {
      guard videos.streams.count < Videos.limit,
        !videos.streams.contains(where: { !$0.rect.intersection(rect).isEmpty })
      else { continue }
      videos.finder.forget(rect)
      let part = Region(rect)
      let news = changed.intersection(part).area + drawn.intersection(part).area
      guard Rect(screen.size).contains(rect), news * 2 >= part.area,
        PictureTraits(screen.colors(in: rect)).isSoft
      else { continue }
      changed = changed.subtracting(part)
      openVideo(rect, at: now)
    }
  }

  /// MJPEG is what every client has that does not say that it chooses among codecs.
  private var takesVideo: Bool {
    let client = channel.link.specific
    return options.streaming
      && (!client.contains(DisplayCapability.multiCodec) || client.contains(DisplayCapability.codecMJPEG))
  }

  private mutating func openVideo(_ rect: Rect, at now: Moment) {
    let stream = videos.open(rect, at: now)
    backlog.clean(rect)
    picture?.forget(rect)
    lossy.replaced(rect)
    let (width, height) = (UInt32(rect.width), UInt32(rect.height))
    channel.send(
      DisplayServerMessage.streamCreate(
        StreamCreate(
          surface: DisplayServer.surface, id: stream.id, flags: StreamCreate.topDown, codec: .mjpeg, stamp: 0,
          streamWidth: width, streamHeight: height, sourceWidth: width, sourceHeight: height, destination: rect,
          clip: .none)))
    if channel.link.specific.contains(DisplayCapability.streamReport) {
      channel.send(
        DisplayServerMessage.streamActivateReport(
          StreamActivateReport(
            stream: stream.id, unique: stream.id, maximumWindow: DisplayServer.reportFrames,
            timeout: DisplayServer.reportTime)))
    }
  }

  /// Frames, and milliseconds, that a report covers at most.
  private static var reportFrames: UInt32 { 10 }
  private static var reportTime: UInt32 { 1000 }

  /// Ends one video that has stood still or was covered; what it showed is sent without loss. False where there is none.
  mutating func endVideos(at now: Moment) -> Bool {
    guard let place = videos.streams.firstIndex(where: { $0.isEnding || $0.end <= now }) else { return false }
    let stream = videos.streams.remove(at: place)
    channel.send(DisplayServerMessage.streamDestroy(stream.id))
    if !surfaceIsDue { backlog.damage(stream.rect) }
    return true
  }

  /// Something is drawn over the videos there.
  mutating func cover(_ rect: Rect) {
    for place in videos.streams.indices { videos.streams[place].cover(rect) }
  }

  // MARK: Frames

  /// Takes what has changed in videos out of what is sent otherwise.
  mutating func absorbFrames(_ screen: RowRaster, at now: Moment) {
    for place in videos.streams.indices where !videos.streams[place].isEnding {
      let stream = videos.streams[place]
      let visible = stream.visible
      let part = backlog.dirty.intersection(visible)
      if part.isEmpty { continue }
      backlog.clean(visible)
      guard part.rects.contains(where: { stream.differs(screen, in: $0) }) else { continue }
      videos.streams[place].hasChanged = true
      videos.streams[place].lastChange = now
      if backlog.dirty.meets(stream.rect), videos.streams[place].noteChangeInHoles() {
        backlog.clean(stream.rect)
        picture?.forget(stream.rect)
      }
    }
  }

  /// Gives the host the next frame of each video whose time has come.
  mutating func beginFrames(_ screen: RowRaster, at now: Moment) {
    statistics.lateFrames += videos.slowDownIfStalled()
    for place in videos.streams.indices {
      let stream = videos.streams[place]
      guard case .none = stream.frame, stream.hasChanged, !stream.isEnding, stream.nextFrame <= now else { continue }
      let frame = screen.colors(in: stream.rect)
      let job = ask(.jpeg(frame, quality: stream.pace.quality))
      videos.streams[place].frame = .encoding(job: job, taken: now)
      videos.streams[place].lastPicture = frame
      videos.streams[place].hasChanged = false
      videos.streams[place].lastTaken = now
    }
  }

  /// A frame that the encoder refused is not missed where another follows.
  mutating func completeFrame(_ job: Int, _ bytes: [UInt8]?, at now: Moment) {
    for place in videos.streams.indices {
      guard case .encoding(job, let taken) = videos.streams[place].frame else { continue }
      videos.streams[place].frame = bytes.map { .encoded($0, taken: taken, ready: now) } ?? .none
    }
  }

  /// Sends a clip or a frame; false where there is none. A frame that had to wait while the screen went on is dropped.
  mutating func sendFrame(at now: Moment) -> Bool {
    for place in videos.streams.indices where !videos.streams[place].isEnding {
      let stream = videos.streams[place]
      if stream.clipIsDue {
        videos.streams[place].clipIsDue = false
        channel.send(DisplayServerMessage.streamClip(id: stream.id, clip: stream.clip))
        return true
      }
      guard case .encoded(let bytes, let taken, let ready) = stream.frame else { continue }
      videos.streams[place].frame = .none
      let hasRested = stream.lastSent.map { now.since($0) > VideoStream.longestGap } ?? true
      if !hasRested, now.since(ready) > VideoStream.patience, stream.hasChanged || backlog.dirty.meets(stream.rect) {
        statistics.lateFrames += 1
        videos.streams[place].pace.noteLateFrame()
        continue
      }
      statistics.frames += 1
      videos.streams[place].lastSent = now
      videos.streams[place].pace.noteSentFrame()
      noteShown(stream.rect)
      channel.send(
        DisplayServerMessage.streamData(
          StreamFrame(
            id: stream.id, multimediaTime: DisplayServer.multimediaTime(at: taken) &+ stream.pace.lead, sizing: nil,
            data: bytes[...])))
      return true
    }
    return false
  }
}
