import CVideo
import SpicePixels
import SpiceProtocol

/// One stream of VP8, VP9, H.264 or H.265, decoded by FFmpeg frame after frame. To be used by one thread at a time.
public final class VideoDecoder {
  private let library: VideoLibrary
  private let codec: VideoCodec
  private let limits: PixelLimits
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var frame: UnsafeMutablePointer<AVFrame>?
  private var scaler: OpaquePointer?

  /// What can be decoded here besides MJPEG: what FFmpeg has, where it is installed. The first call looks for it, which
  /// takes some ten milliseconds.
  public static let available: [VideoCodec] = {
    guard let library = VideoLibrary.shared else { return [] }
    return VideoCodec.allCases.filter { codec in codec.number.map { library.findDecoder($0) != nil } ?? false }
  }()

  /// - Parameter limits: of its frames.
  /// - Throws: `.damaged` where there is no decoder for that codec.
  public init(_ codec: VideoCodec, limits: PixelLimits = .standard) throws(MediaError) {
    guard let library = VideoLibrary.shared, let number = codec.number, let found = library.findDecoder(number) else {
      throw .damaged(.video(codec), reason: "no decoder for it is installed (libavcodec)")
    }
    self.library = library
    self.codec = codec
    self.limits = limits
    context = library.allocateContext(found)
    packet = library.allocatePacket()
    frame = library.allocateFrame()
    guard let context, packet != nil, frame != nil else { throw .damaged(.video(codec), reason: "there is no memory") }
    // A frame is wanted as soon as its bytes are there; more threads would hold some back. Slices may share the work.
    context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
    context.pointee.thread_type = FF_THREAD_SLICE
    context.pointee.max_pixels = Int64(limits.area)
    let status = library.open(context, found, nil)
    guard status >= 0 else { throw failure(status) }
  }

  deinit {
    library.freeFrame(&frame)
    library.freePacket(&packet)
    library.freeContext(&context)
    library.freeScaler(scaler)
  }

  /// Decodes the bytes of one frame.
  ///
  /// - Returns: the newest picture that is complete, opaque, the high byte of each pixel 255; nil where the codec wants
  ///   more bytes first.
  /// - Throws: `.damaged` with FFmpeg's words, `.tooManyPixels`. What comes next may be decoded all the same.
  public func decode(_ data: some Collection<UInt8>) throws(MediaError) -> Raster? {
    guard let context, let packet, let frame else { return nil }
    try withBytes(data) { (bytes) throws(MediaError) in
      // FFmpeg reads a little past the end, so the bytes are copied to where there is something behind them.
      let status = library.newPacket(packet, CInt(clamping: bytes.count))
      guard status >= 0, let target = packet.pointee.data else { throw failure(status) }
      if let source = bytes.baseAddress { target.update(from: source, count: Int(packet.pointee.size)) }
    }
    let status = library.send(context, packet)
    releasePacket()
    guard status >= 0 else { throw failure(status) }
    var picture: Raster?
    while true {
      let status = library.receive(context, frame)
      if status == video_again { return picture }
      guard status >= 0 else { throw failure(status) }
      picture = try raster(of: frame)
    }
  }

  /// Its bytes are FFmpeg's own by now, which counts references to them.
  private func releasePacket() {
    library.freePacket(&packet)
    packet = library.allocatePacket()
  }

  private func raster(of frame: UnsafeMutablePointer<AVFrame>) throws(MediaError) -> Raster {
    let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
    guard limits.allow(width: width, height: height) else {
      throw .tooManyPixels(.video(codec), width: width, height: height, limits: limits)
    }
    scaler = library.makeScaler(
      scaler, CInt(width), CInt(height), AVPixelFormat(frame.pointee.format), CInt(width), CInt(height),
      AV_PIX_FMT_BGRA, SWS_BILINEAR | SWS_ACCURATE_RND, nil, nil, nil)
    guard let scaler else { throw .damaged(.video(codec), reason: "its pixels have a form that nobody converts") }
    setColors(of: frame, in: scaler)
    return Raster(width: width, height: height, kind: .opaque) { pixels in
      let bytes = UnsafeMutableRawPointer(pixels.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      let target: [UnsafeMutablePointer<UInt8>?] = [bytes, nil, nil, nil]
      let strides: [CInt] = [CInt(width * 4), 0, 0, 0]
      let planes = frame.pointee.data
      let sources: [UnsafePointer<UInt8>?] = [planes.0, planes.1, planes.2, planes.3].map {
        $0.map { UnsafePointer($0) }
      }
      let lines = frame.pointee.linesize
      _ = library.scale(scaler, sources, [lines.0, lines.1, lines.2, lines.3], 0, CInt(height), target, strides)
    }
  }

  /// Rows past which pictures are after ITU-R BT.709 where they do not say: what GStreamer takes, with which libspice-server
  /// encodes. Smaller ones are after BT.601.
  private static let largestStandardHeight = 576

  private func setColors(of frame: UnsafeMutablePointer<AVFrame>, in scaler: OpaquePointer) {
    // VP8 has no way to say another than BT.601, and encoders take what comes.
    let said = codec == .vp8 ? AVCOL_SPC_UNSPECIFIED : frame.pointee.colorspace
    let matrix: CInt
    switch said {
    case AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RGB, AVCOL_SPC_RESERVED:
      matrix = frame.pointee.height > Self.largestStandardHeight ? SWS_CS_ITU709 : SWS_CS_ITU601
    default: matrix = CInt(said.rawValue)  // libswscale counts them as libavutil does.
    }
    let isFull: CInt = frame.pointee.color_range == AVCOL_RANGE_JPEG ? 1 : 0
    let unit: CInt = 1 << 16
    // The destination is RGB, which has no matrix.
    _ = library.setColors(
      scaler, library.coefficients(matrix), isFull, library.coefficients(SWS_CS_DEFAULT), 1, 0, unit, unit)
  }

  private func failure(_ status: CInt) -> MediaError {
    var text = [CChar](repeating: 0, count: 128)
    _ = library.errorText(status, &text, text.count)
    return .damaged(
      .video(codec), reason: String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}

extension VideoCodec {
  /// FFmpeg's. MJPEG is libjpeg-turbo's to decode.
  fileprivate var number: AVCodecID? {
    switch self {
    case .mjpeg: nil
    case .vp8: AV_CODEC_ID_VP8
    case .vp9: AV_CODEC_ID_VP9
    case .h264: AV_CODEC_ID_H264
    case .h265: AV_CODEC_ID_HEVC
    }
  }
}
