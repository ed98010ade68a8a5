import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import Synchronization

/// Does the decode jobs of the core with the C libraries of this host.
final class Decoder: Sendable {
  /// Images of one channel that are decoded at once. Each may become many megabytes, and few machines have cores for more.
  static let width = 8

  private struct Stream: Hashable {
    let channel: ChannelID
    let number: Int
  }

  /// A decoder is used by one job at a time: the core gives a stream's frames one after the other.
  private struct Video: @unchecked Sendable {
    let decoder: VideoDecoder
  }

  private let videos = Mutex<[Stream: Video]>([:])

  func run(_ job: DecodeJob, of channel: ChannelID, limits: PixelLimits) -> DecodeResult {
    do throws(MediaError) {
      switch job.work {
      case .image(let image): return image.decode(limits: limits)
      case .jpeg(let data, let width, let height):
        // What was announced is what the core has counted as waiting; a picture may be smaller, not larger.
        let (area, isTooLarge) = width.multipliedReportingOverflow(by: height)
        let announced = PixelLimits(side: limits.side, area: isTooLarge ? limits.area : min(limits.area, area))
        return .pixels(try JPEG.decode(data, limits: announced))
      case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
      case .video(let data, let codec, let number):
        let decoder = try decoder(of: Stream(channel: channel, number: number), codec, limits)
        return try decoder.decode(data).map { .pixels($0) } ?? .nothing
      }
    } catch {
      return .failed(error.description)
    }
  }

  func endVideo(_ number: Int, of channel: ChannelID) {
    videos.withLock { $0[Stream(channel: channel, number: number)] = nil }
  }

  /// A channel has ended.
  func end(_ channel: ChannelID) {
    videos.withLock { videos in videos = videos.filter { $0.key.channel != channel } }
  }

  private func decoder(
    of stream: Stream, _ codec: VideoCodec, _ limits: PixelLimits
  ) throws(MediaError) -> VideoDecoder {
    if let known = videos.withLock({ $0[stream] }) { return known.decoder }
    let video = Video(decoder: try VideoDecoder(codec, limits: limits))
    videos.withLock { $0[stream] = video }
    return video.decoder
  }
}
