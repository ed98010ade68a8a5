/// Aligns two sequences by their longest common subsequence.
enum Alignment {
  enum Step: Hashable {
    case both(Int, Int)
    case left(Int)
    case right(Int)
  }

  /// Memory is the product of what is left between equal beginnings and ends; callers bound both.
  static func steps(_ left: [String], _ right: [String]) -> [Step] {
    var head = 0
    while head < left.count, head < right.count, left[head] == right[head] { head += 1 }
    var tail = 0
    while tail < left.count - head, tail < right.count - head,
      left[left.count - 1 - tail] == right[right.count - 1 - tail]
    {
      tail += 1
    }
    var numbers: [String: Int32] = [:]
    func number(_ name: String) -> Int32 {
      if let known = numbers[name] { return known }
      let new = Int32(numbers.count)
      numbers[name] = new
      return new
    }
    let one = left[head..<left.count - tail].map(number)
    let two = right[head..<right.count - tail].map(number)
    // length[i][j]: of the common subsequence of what follows i and j.
    let width = two.count + 1
    var length = [UInt16](repeating: 0, count: (one.count + 1) * width)
    for i in stride(from: one.count - 1, through: 0, by: -1) {
      for j in stride(from: two.count - 1, through: 0, by: -1) {
        length[i * width + j] =
          one[i] == two[j]
          ? length[(i + 1) * width + j + 1] + 1 : max(length[(i + 1) * width + j], length[i * width + j + 1])
      }
    }
    var steps = (0..<head).map { Step.both($0, $0) }
    var (i, j) = (0, 0)
    while i < one.count || j < two.count {
      if i < one.count, j < two.count, one[i] == two[j] {
        steps.append(.both(head + i, head + j))
        i += 1
        j += 1
      } else if j == two.count || (i < one.count && length[(i + 1) * width + j] >= length[i * width + j + 1]) {
        steps.append(.left(head + i))
        i += 1
      } else {
        steps.append(.right(head + j))
        j += 1
      }
    }
    return steps + (0..<tail).map { .both(left.count - tail + $0, right.count - tail + $0) }
  }
}
