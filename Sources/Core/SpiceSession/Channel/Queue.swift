/// First in, first out. Taking the first does not move the others, so that a peer cannot make a long queue slow.
package struct Queue<Element: Sendable>: Sendable {
  private var elements: [Element] = []
  /// Those before it are taken.
  private var head = 0

  package init() {}

  package var count: Int { elements.count - head }

  package var isEmpty: Bool { head == elements.count }

  package mutating func append(_ element: Element) { elements.append(element) }

  package mutating func append(contentsOf more: [Element]) { elements.append(contentsOf: more) }

  /// Nil where there is none.
  package mutating func popFirst() -> Element? {
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
