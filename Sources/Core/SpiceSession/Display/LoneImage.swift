import SpiceCodecs
import SpicePixels

/// A compressed image that refers to no other: it can be decoded at any time, on any thread.
public struct LoneImage: Sendable, Hashable {
  enum Codec: Sendable, Hashable {
    case quic
    case lz(Palette?)
    case lz4
  }

  /// Pixels from which on handing an image to another thread costs less than it gains.
  static let worthwhileArea = 1 << 14

  let codec: Codec
  let data: ArraySlice<UInt8>
  /// As the message has it; the codec's own header may say otherwise.
  let size: Size

  /// The same with bytes of its own, which keep no message alive.
  var alone: LoneImage { LoneImage(codec: codec, data: Array(data)[...], size: size) }

  /// The answer to the job that it is.
  public func decode(limits: PixelLimits) -> DecodeResult {
    do throws(CodecError) {
      return .pixels(try pixels(limits: limits))
    } catch {
      return .damaged(error)
    }
  }

  func pixels(limits: PixelLimits) throws(CodecError) -> Raster {
    switch codec {
    case .quic: try Quic.decode(data, limits: limits)
    case .lz(let palette): try LZ.decode(data, palette: palette, limits: limits)
    case .lz4: try LZ4Image.decode(data, width: size.width, height: size.height, limits: limits)
    }
  }
}
