/// First in, first out. Taking the first does not move the others, so that a peer cannot make a long queue slow.
struct Queue<Element: Sendable>: Sendable {
  private var elements: [Element] = []
  /// Those before it are taken.
  private var head = 0

  init() {}

  var isEmpty: Bool { head == elements.count }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func append(contentsOf more: [Element]) { elements.append(contentsOf: more) }

  /// Nil where there is none.
  mutating func popFirst() -> Element? {
    if isEmpty { return nil }
    let first = elements[head]
    head += 1
    // What is taken is given up half a queue at a time.
    if head == elements.count || head > 64 && head > elements.count / 2 {
      elements.removeFirst(head)
      head = 0
    }
    return first
  }
}
