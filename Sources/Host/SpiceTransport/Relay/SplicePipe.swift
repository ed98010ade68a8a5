#if os(Linux)
  import CSplice
  import NIOCore
  import NIOPosix

  #if canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// A pipe through which bytes go from one socket into another inside the kernel: what is copied in and out of no
  /// process costs half.
  ///
  /// Neither end waits. What goes wrong with a socket shows as nothing moved; whoever reads or writes it in the usual way
  /// hears why.
  final class SplicePipe {
    /// Bytes inside.
    private(set) var count = 0
    private let readEnd: CInt
    private let writeEnd: CInt
    private let capacity: Int

    /// What is asked for; the kernel gives a user's first 64 pipes that, and further ones less.
    private static let wantedCapacity = 1 << 20

    /// Nil where there are no descriptors left.
    private init?() {
      var ends: [CInt] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      (readEnd, writeEnd) = (ends[0], ends[1])
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let granted = resize_pipe(writeEnd, CInt(Self.wantedCapacity))
      capacity = granted > 0 ? Int(granted) : 64 << 10
    }

    deinit {
      close(readEnd)
      close(writeEnd)
    }

    /// Takes in what a socket has, and gives how much: 0 where it has nothing now, has ended or has failed.
    func fill(from socket: CInt) -> Int {
      let moved = move(from: socket, to: writeEnd, most: capacity - count)
      count += moved
      return moved
    }

    /// Sends the next bytes inside, at most so many, and gives how many the socket took. While others are inside it may
    /// wait for them, to fill a segment.
    func send(_ most: Int, to socket: CInt) -> Int {
      let moved = move(from: readEnd, to: socket, most: min(most, count), isLast: most >= count)
      count -= moved
      return moved
    }

    /// The next bytes inside, at most so many.
    func take(_ most: Int) -> ByteBuffer {
      var piece = ByteBuffer()
      let wanted = min(most, count)
      piece.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
        max(0, read(readEnd, target.baseAddress, wanted))
      }
      count -= piece.readableBytes
      return piece
    }

    private func move(from source: CInt, to target: CInt, most: Int, isLast: Bool = true) -> Int {
      while true {
        let moved = splice_now(source, target, most, isLast ? 0 : 1)
        if moved >= 0 { return moved }
        if errno != EINTR { return 0 }
      }
    }

    // MARK: One that is not in use

    private final class Spare {
      var pipe: SplicePipe?
    }

    /// Of this thread. A pipe is in use for as long as a socket does not take what is inside, mostly not at all.
    private nonisolated(unsafe) static let spare = ThreadSpecificVariable<Spare>()

    /// An empty one.
    static func borrow() -> SplicePipe? {
      if let pipe = spare.currentValue?.pipe {
        spare.currentValue?.pipe = nil
        return pipe
      }
      return SplicePipe()
    }

    func giveBack() {
      // What was not sent belongs to nobody else.
      guard count == 0 else { return }
      let holder = Self.spare.currentValue ?? Spare()
      holder.pipe = self
      Self.spare.currentValue = holder
    }
  }
#endif
