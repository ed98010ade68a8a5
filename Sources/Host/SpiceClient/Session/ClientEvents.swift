/// The news of a session, in order, as an asynchronous sequence. It begins with what has happened since connecting, and ends
/// after `.ended`.
///
/// Several readers share the news: each piece goes to one of them. Of 1,024 unread ones the oldest give way, and a pointer's
/// shape or a list of monitors gives way to a newer one. A reader that is cancelled takes nothing with it.
public struct ClientEvents: AsyncSequence, Sendable {
  public typealias Element = ClientEvent

  let queue: EventQueue

  package init(queue: EventQueue) { self.queue = queue }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let queue: EventQueue

    /// The next piece of news; nil when the session or the task has ended.
    public mutating func next() async -> ClientEvent? { await queue.next() }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}
