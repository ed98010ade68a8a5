import CVideo

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// FFmpeg's libavcodec and libswscale, where this machine has them in the version whose headers were compiled against.
///
/// They are looked for once, when the first program asks. Structures are FFmpeg's own, so another major version is not
/// taken.
struct VideoLibrary: Sendable {
  let findDecoder: video_find_decoder
  let allocateContext: video_context_alloc
  let open: video_open
  let freeContext: video_context_free
  let send: video_send
  let receive: video_receive
  let allocatePacket: video_packet_alloc
  let freePacket: video_packet_free
  let newPacket: video_packet_new
  let allocateFrame: video_frame_alloc
  let freeFrame: video_frame_free
  let errorText: video_error_text
  let makeScaler: video_scaler
  let scale: video_scale
  let freeScaler: video_scaler_free
  let coefficients: video_coefficients
  let setColors: video_scaler_colors

  /// Nil where the libraries are not there.
  static let shared = VideoLibrary()

  private init?() {
    guard let codec = Self.library("avcodec", video_codec_major), let util = Self.library("avutil", video_util_major),
      let scaling = Self.library("swscale", video_scale_major)
    else { return nil }
    func symbol<Function>(_ name: String, in library: Handle, as type: Function.Type = Function.self) -> Function? {
      dlsym(library.pointer, name).map { unsafeBitCast($0, to: type) }
    }
    guard let findDecoder: video_find_decoder = symbol("avcodec_find_decoder", in: codec),
      let allocateContext: video_context_alloc = symbol("avcodec_alloc_context3", in: codec),
      let open: video_open = symbol("avcodec_open2", in: codec),
      let freeContext: video_context_free = symbol("avcodec_free_context", in: codec),
      let send: video_send = symbol("avcodec_send_packet", in: codec),
      let receive: video_receive = symbol("avcodec_receive_frame", in: codec),
      let allocatePacket: video_packet_alloc = symbol("av_packet_alloc", in: codec),
      let freePacket: video_packet_free = symbol("av_packet_free", in: codec),
      let newPacket: video_packet_new = symbol("av_new_packet", in: codec),
      let allocateFrame: video_frame_alloc = symbol("av_frame_alloc", in: util),
      let freeFrame: video_frame_free = symbol("av_frame_free", in: util),
      let errorText: video_error_text = symbol("av_strerror", in: util),
      let setLogLevel: video_log_level = symbol("av_log_set_level", in: util),
      let makeScaler: video_scaler = symbol("sws_getCachedContext", in: scaling),
      let scale: video_scale = symbol("sws_scale", in: scaling),
      let freeScaler: video_scaler_free = symbol("sws_freeContext", in: scaling),
      let coefficients: video_coefficients = symbol("sws_getCoefficients", in: scaling),
      let setColors: video_scaler_colors = symbol("sws_setColorspaceDetails", in: scaling)
    else { return nil }
    self.findDecoder = findDecoder
    self.allocateContext = allocateContext
    self.open = open
    self.freeContext = freeContext
    self.send = send
    self.receive = receive
    self.allocatePacket = allocatePacket
    self.freePacket = freePacket
    self.newPacket = newPacket
    self.allocateFrame = allocateFrame
    self.freeFrame = freeFrame
    self.errorText = errorText
    self.makeScaler = makeScaler
    self.scale = scale
    self.freeScaler = freeScaler
    self.coefficients = coefficients
    self.setColors = setColors
    // It writes to standard error by itself otherwise. AV_LOG_QUIET.
    setLogLevel(-8)
  }

  /// A library that stays loaded.
  private struct Handle {
    let pointer: UnsafeMutableRawPointer
  }

  private static func library(_ name: String, _ version: CInt) -> Handle? {
    #if canImport(Darwin)
      let file = "lib\(name).\(version).dylib"
    #else
      let file = "lib\(name).so.\(version)"
    #endif
    return dlopen(file, RTLD_NOW | RTLD_LOCAL).map(Handle.init)
  }
}
