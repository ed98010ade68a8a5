import SpiceMedia
import SpicePixels
import SpiceSession

/// Does the decode jobs of the core with the C libraries of this host.
enum Decoder {
  /// Images of one channel that are decoded at once. Each may become many megabytes, and few machines have cores for more.
  static let width = 8

  static func run(_ job: DecodeJob, limits: PixelLimits) -> DecodeResult {
    do throws(MediaError) {
      switch job.work {
      case .jpeg(let data, let width, let height):
        // What was announced is what the core has counted as waiting; a picture may be smaller, not larger.
        let (area, isTooLarge) = width.multipliedReportingOverflow(by: height)
        let announced = PixelLimits(side: limits.side, area: isTooLarge ? limits.area : min(limits.area, area))
        return .pixels(try JPEG.decode(data, limits: announced))
      case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
      }
    } catch {
      return .failed(error.description)
    }
  }
}
