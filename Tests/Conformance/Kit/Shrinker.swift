import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// Makes a failing case smaller as long as it fails.
public enum Shrinker {
  public static func shrink(_ outcome: Outcome) async throws -> Outcome {
    var smallest = outcome
    for _ in 0..<40 {
      let candidates = smallest.one.simpler
      if candidates.isEmpty { break }
      let outcomes = try await Comparison.run(candidates)
      guard let next = outcomes.first(where: { if case .different = $0.verdict { true } else { false } }) else { break }
      smallest = next
    }
    return smallest
  }
}

extension Case {
  /// Cases with one thing less each.
  var simpler: [Case] {
    var result: [Case] = []
    guard let last = draws.last else { return [] }
    func with(_ change: (inout Case, inout Draw) -> Void) {
      var (one, draw) = (self, last)
      change(&one, &draw)
      one.draws[one.draws.count - 1] = draw
      result.append(one)
    }
    if last.clip != .none { with { $1.clip = .none } }
    if case .noise = ground { with { one, _ in one.ground = .solid(0x0055_AA33) } }
    for command in last.command.simpler { with { $1.command = command } }
    return result
  }
}

extension DrawCommand {
  var simpler: [DrawCommand] {
    let put = RasterOperation.put.rawValue
    let plain = BrushSource.solid(0x0012_3456)
    switch self {
    case .fill(let brush, let rop, let mask):
      return (mask == .none ? [] : [.fill(brush: brush, rop: rop, mask: .none)])
        + (rop == put ? [] : [.fill(brush: brush, rop: put, mask: mask)])
        + (brush == plain ? [] : [.fill(brush: plain, rop: rop, mask: mask)])
    case .copy(let source, let area, let rop, let scale, let mask):
      return (mask == .none ? [] : [.copy(source: source, area: area, rop: rop, scale: scale, mask: .none)])
        + (rop == put ? [] : [.copy(source: source, area: area, rop: put, scale: scale, mask: mask)])
    case .opaque(let source, let area, let brush, let rop, let scale, let mask):
      return
        (mask == .none
        ? [] : [.opaque(source: source, area: area, brush: brush, rop: rop, scale: scale, mask: .none)])
        + (rop == put ? [] : [.opaque(source: source, area: area, brush: brush, rop: put, scale: scale, mask: mask)])
        + (brush == plain
          ? [] : [.opaque(source: source, area: area, brush: plain, rop: rop, scale: scale, mask: mask)])
    case .rop3(let source, let area, let brush, let rop3, let scale, let mask):
      return
        (mask == .none
        ? [] : [.rop3(source: source, area: area, brush: brush, rop3: rop3, scale: scale, mask: .none)])
        + (brush == plain
          ? [] : [.rop3(source: source, area: area, brush: plain, rop3: rop3, scale: scale, mask: mask)])
    case .stroke(let path, let attributes, let brush, let fore, let back):
      var result: [DrawCommand] = []
      if brush != plain {
        result.append(.stroke(path: path, attributes: attributes, brush: plain, foreMode: fore, backMode: back))
      }
      if fore != put {
        result.append(.stroke(path: path, attributes: attributes, brush: brush, foreMode: put, backMode: back))
      }
      if path.count > 1 {
        result.append(
          .stroke(path: path.dropLast(), attributes: attributes, brush: brush, foreMode: fore, backMode: back))
      }
      for (index, segment) in path.enumerated()
      where segment.flags & PathSegment.bezier == 0 && segment.points.count > 2 {
        var path = path
        path[index].points.removeLast()
        result.append(.stroke(path: path, attributes: attributes, brush: brush, foreMode: fore, backMode: back))
        path[index].points = Array(segment.points.dropFirst())
        result.append(.stroke(path: path, attributes: attributes, brush: brush, foreMode: fore, backMode: back))
      }
      return result
    case .text(let string, let backArea, let fore, let back, let foreMode, let backMode):
      var result: [DrawCommand] = []
      for index in string.glyphs.indices where string.glyphs.count > 1 {
        var string = string
        string.glyphs.remove(at: index)
        result.append(
          .text(
            string: string, backArea: backArea, foreBrush: fore, backBrush: back, foreMode: foreMode,
            backMode: backMode))
      }
      if fore != plain {
        result.append(
          .text(
            string: string, backArea: backArea, foreBrush: plain, backBrush: back, foreMode: foreMode,
            backMode: backMode))
      }
      if !backArea.isEmpty {
        result.append(
          .text(
            string: string, backArea: Rect(left: 0, top: 0, right: 0, bottom: 0), foreBrush: fore, backBrush: back,
            foreMode: foreMode, backMode: backMode))
      }
      return result
    case .composite(let composite):
      var result: [DrawCommand] = []
      func with(_ change: (inout Composite) -> Void) {
        var simple = composite
        change(&simple)
        result.append(.composite(simple))
      }
      if composite.mask != nil {
        with {
          $0.flags &= ~(Composite.hasMask | Composite.hasMaskTransform | 0x7_3800)
          $0.mask = nil
          $0.maskTransform = nil
        }
      }
      if composite.maskTransform != nil {
        with {
          $0.flags &= ~Composite.hasMaskTransform
          $0.maskTransform = nil
        }
      }
      if composite.sourceTransform != nil {
        with {
          $0.flags &= ~Composite.hasSourceTransform
          $0.sourceTransform = nil
        }
      }
      if composite.flags & 1 << 18 != 0 { with { $0.flags &= ~(1 << 18) } }
      if composite.flags & 0xFF != 1 { with { $0.flags = $0.flags & ~0xFF | 1 } }
      if composite.flags & 0x700 != 0 { with { $0.flags &= ~0x700 } }
      if composite.flags & 0xC000 != 0 { with { $0.flags &= ~0xC000 } }
      if composite.sourceX != 0 || composite.sourceY != 0 { with { ($0.sourceX, $0.sourceY) = (0, 0) } }
      return result
    default: return []
    }
  }
}
