import SpicePixels
import SpiceProtocol

extension WireCase {
  static let displayServer: [WireCase] = [
    WireCase("MODE", DisplayServerMessage.mode(width: 640, height: 480, bits: 32), 101, "80020000 E0010000 20000000"),
    WireCase("MARK", DisplayServerMessage.mark, 102),
    WireCase("RESET", DisplayServerMessage.reset, 103),
    WireCase(
      "INVAL_LIST",
      DisplayServerMessage.invalidateList([CachedResource(id: 0x0102), CachedResource(type: 9, id: .max)]),
      105, "0200  01 0201000000000000  09 FFFFFFFFFFFFFFFF"),
    WireCase(
      "INVAL_ALL_PIXMAPS",
      DisplayServerMessage.invalidateAllPixmaps([ChannelWait(channel: ChannelID(.display, 1), serial: 3)]), 106,
      "01  02 01 0300000000000000"),
    WireCase("INVAL_PALETTE", DisplayServerMessage.invalidatePalette(0x0807_0605_0403_0201), 107, "0102030405060708"),
    WireCase("INVAL_ALL_PALETTES", DisplayServerMessage.invalidateAllPalettes, 108),
    WireCase(
      "STREAM_CREATE",
      DisplayServerMessage.streamCreate(
        StreamCreate(
          surface: 0, id: 5, flags: StreamCreate.topDown, codec: .mjpeg, stamp: 0x0102, streamWidth: 320,
          streamHeight: 240, sourceWidth: 322, sourceHeight: 241,
          destination: Rect(left: 1, top: 2, right: 321, bottom: 242),
          clip: .rects([Rect(left: 1, top: 2, right: 3, bottom: 4)]))), 122,
      "00000000 05000000 01 01 0201000000000000 40010000 F0000000 42010000 F1000000",
      "02000000 01000000 F2000000 41010000",  // top, left, bottom, right
      "01 01000000 02000000 01000000 04000000 03000000"),
    WireCase(
      "STREAM_DATA",
      DisplayServerMessage.streamData(StreamFrame(id: 5, multimediaTime: 100, sizing: nil, data: [0xFF, 0xD8])), 123,
      "05000000 64000000 02000000 FFD8"),
    WireCase(
      "STREAM_CLIP", DisplayServerMessage.streamClip(id: 5, clip: .none), 124, "05000000 00"),
    WireCase(
      "STREAM_CLIP with rectangles", DisplayServerMessage.streamClip(id: 5, clip: .rects([])), 124,
      "05000000 01 00000000"),
    WireCase("STREAM_DESTROY", DisplayServerMessage.streamDestroy(5), 125, "05000000"),
    WireCase("STREAM_DESTROY_ALL", DisplayServerMessage.streamDestroyAll, 126),
    WireCase(
      "SURFACE_CREATE",
      DisplayServerMessage.surfaceCreate(
        SurfaceCreate(id: 0, width: 720, height: 400, format: 32, flags: SurfaceCreate.primary)), 314,
      "00000000 D0020000 90010000 20000000 01000000"),
    WireCase("SURFACE_DESTROY", DisplayServerMessage.surfaceDestroy(9), 315, "09000000"),
    WireCase(
      "STREAM_DATA_SIZED",
      DisplayServerMessage.streamData(
        StreamFrame(
          id: 5, multimediaTime: 6,
          sizing: StreamFrame.Sizing(
            width: 16, height: 8, destination: Rect(left: -1, top: -2, right: 15, bottom: 6)), data: [7])), 316,
      "05000000 06000000 10000000 08000000 FEFFFFFF FFFFFFFF 06000000 0F000000 01000000 07"),
    WireCase(
      "MONITORS_CONFIG",
      DisplayServerMessage.monitorsConfig(
        [MonitorHead(id: 1, surface: 0, width: 800, height: 600, x: 640, y: 0, flags: 3)], maximum: 4), 317,
      "0100 0400  01000000 00000000 20030000 58020000 80020000 00000000 03000000"),
    WireCase(
      "STREAM_ACTIVATE_REPORT",
      DisplayServerMessage.streamActivateReport(
        StreamActivateReport(stream: 5, unique: 6, maximumWindow: 7, timeout: 1000)), 319,
      "05000000 06000000 07000000 E8030000"),
    WireCase(
      "GL_SCANOUT_UNIX",
      DisplayServerMessage.glScanoutUnix(
        GLScanout(width: 1024, height: 768, stride: 4096, fourcc: 0x3432_5258, flags: 1)), 320,
      "00040000 00030000 00100000 58523234 01000000"),
    WireCase(
      "GL_DRAW", DisplayServerMessage.glDraw(x: 1, y: 2, width: 3, height: 4), 321,
      "01000000 02000000 03000000 04000000"),
    WireCase("display QUALITY_INDICATOR", DisplayServerMessage.qualityIndicator([1, 2]), 322, "0102", least: 0),
  ]

  static let displayClient: [WireCase] = [
    WireCase(
      "display INIT",
      DisplayClientMessage.initialize(
        DisplayInit(pixmapCacheID: 1, pixmapCacheSize: 20 << 20, glzDictionaryID: 1, glzWindowSize: 16 << 20)), 101,
      "01 0000400100000000 01 00000001"),
    WireCase(
      "STREAM_REPORT",
      DisplayClientMessage.streamReport(
        StreamReport(
          stream: 1, unique: 2, startFrameTime: 3, endFrameTime: 4, frames: 5, drops: 6, lastFrameDelay: -7,
          audioDelay: .max)), 102,
      "01000000 02000000 03000000 04000000 05000000 06000000 F9FFFFFF FFFFFFFF"),
    WireCase("PREFERRED_COMPRESSION", DisplayClientMessage.preferredCompression(.lz4), 103, "07"),
    WireCase("GL_DRAW_DONE", DisplayClientMessage.glDrawDone, 104),
    WireCase(
      "PREFERRED_VIDEO_CODEC_TYPE", DisplayClientMessage.preferredVideoCodecs([.h264, .mjpeg]), 105, "02 03 01"),
  ]
}
