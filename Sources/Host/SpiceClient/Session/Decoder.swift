import SpiceMedia
import SpicePixels
import SpiceSession

/// Does the decode jobs of the core with the C libraries of this host.
enum Decoder {
  /// One job here; several at once on as many cores as there are.
  static func run(_ jobs: [DecodeJob], limits: PixelLimits) async -> [(id: Int, result: DecodeResult)] {
    if jobs.count == 1, let job = jobs.first { return [(job.id, run(job, limits: limits))] }
    return await withTaskGroup(of: (id: Int, result: DecodeResult).self) { group in
      for job in jobs {
        group.addTask { (job.id, run(job, limits: limits)) }
      }
      var results: [(id: Int, result: DecodeResult)] = []
      for await result in group { results.append(result) }
      return results
    }
  }

  private static func run(_ job: DecodeJob, limits: PixelLimits) -> DecodeResult {
    do throws(MediaError) {
      switch job.work {
      case .jpeg(let data, _, _): return .pixels(try JPEG.decode(data, limits: limits))
      case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
      }
    } catch {
      return .failed(error.description)
    }
  }
}
