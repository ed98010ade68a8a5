/// Everything that decoding one image needs beside its pixels: where the stream is, what the model learned, and the
/// contexts that the row above left behind. The kernels are in `QuicColorRows` and `QuicPlaneRows`.
struct QuicWorkspace: ~Copyable {
  let width: Int
  let model: QuicModel
  var bits: QuicBitReader
  /// Of red, green and blue together.
  var colorPace = QuicPace()
  /// Of alpha, or of gray.
  var planePace = QuicPace()
  /// What the kernel that returned false found wrong.
  var problem: CodecError.Problem?

  /// By column: the buckets of the symbols last read there, red << 16 | green << 8 | blue. Where the row above had a
  /// run, they are from a row further up: the format wants it so.
  let colorContexts: UnsafeMutablePointer<UInt32>
  /// The same for alpha or gray.
  let planeContexts: UnsafeMutablePointer<UInt8>

  /// Bytes of the stream.
  private let streamSize: Int
  /// After the last word of what `bits` reads.
  private var end: UnsafeRawPointer
  /// A copy of the end of the stream, `2 * rowBound` bytes, zeros behind.
  private let tail: UnsafeMutableRawPointer
  /// Bytes that are readable from `bits.next` on whenever a row begins: more than a row can take. A pixel takes three
  /// codewords of 26 bits, maybe an empty run before (at most 16 bits), and one bit as part of a longer run; the reader
  /// looks two words ahead.
  private let rowBound: Int
  private var readsTail = false

  /// - Parameters:
  ///   - stream: what follows the header, whole words; it must outlive the workspace.
  ///   - width: of the image, at least 1 and within the limits.
  init(_ stream: UnsafeRawBufferPointer, width: Int, family: QuicFamily) {
    self.width = width
    streamSize = stream.count
    model = QuicModel(family, codeTables: family.lookup, of: QuicFamily.lookupSize)
    rowBound = width * 12 + 64
    tail = .allocate(byteCount: 2 * rowBound, alignment: 8)
    colorContexts = .allocate(capacity: width)
    planeContexts = .allocate(capacity: width)
    colorContexts.initialize(repeating: 0, count: width)
    planeContexts.initialize(repeating: 0, count: width)
    let start = stream.baseAddress ?? UnsafeRawPointer(tail)
    bits = QuicBitReader(at: start)
    end = start + stream.count
  }

  deinit {
    tail.deallocate()
    colorContexts.deallocate()
    planeContexts.deallocate()
  }

  /// Makes `rowBound` bytes readable. To be called before each row of colours or of a plane.
  mutating func prepareRow() {
    let left = end - bits.next
    if readsTail || left >= rowBound { return }
    readsTail = true
    if left > 0 { tail.copyMemory(from: bits.next, byteCount: left) }
    (tail + left).initializeMemory(as: UInt8.self, repeating: 0, count: 2 * rowBound - left)
    bits.next = UnsafeRawPointer(tail)
    end = bits.next + left
  }

  /// Bits that are left to read; below 0 where bits were read that the stream does not have. To be looked at after
  /// each row.
  var bitsLeft: Int { 8 * (end - bits.next) + bits.count }

  /// Why a row could not be read. Offsets are of whole words, as bits are taken from them.
  var failure: CodecError {
    let left = bitsLeft
    if left >= 0, let problem {
      let lastBit = max(8 * streamSize - left - 1, 0)
      return .malformed(.quic, offset: QuicHeader.size + lastBit / 32 * 4, problem)
    }
    return .truncated(.quic, offset: QuicHeader.size + streamSize, needed: max(1, (7 - left) / 8))
  }
}
