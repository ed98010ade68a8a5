import SpicePixels
import Testing

import SpiceCanvas

@Suite struct RegionTests {
  private func rect(_ left: Int32, _ top: Int32, _ right: Int32, _ bottom: Int32) -> Rect {
    Rect(left: left, top: top, right: right, bottom: bottom)
  }

  /// The pixels of a field of 24 by 24 that the rectangles cover.
  private func pixels(_ rects: [Rect]) -> Set<Point> {
    var result: Set<Point> = []
    for y: Int32 in 0..<24 {
      for x: Int32 in 0..<24 where rects.contains(where: { $0.contains(Point(x: x, y: y)) }) {
        result.insert(Point(x: x, y: y))
      }
    }
    return result
  }

  private func randomRects(_ dice: inout Dice) -> [Rect] {
    (0..<dice.from(0...7)).map { _ in
      let (left, top) = (dice.from(0...22), dice.from(0...22))
      return rect(Int32(left), Int32(top), Int32(left + dice.from(-1...10)), Int32(top + dice.from(-1...10)))
    }
  }

  @Test("two rectangles that cross are three bands")
  func cross() {
    let region = Region([rect(4, 0, 8, 12), rect(0, 4, 12, 8)])
    #expect(region.rects == [rect(4, 0, 8, 4), rect(0, 4, 12, 8), rect(4, 8, 8, 12)])
    #expect(region.bounds == rect(0, 0, 12, 12))
  }

  @Test("rectangles that touch become one")
  func touching() {
    #expect(Region([rect(0, 0, 4, 4), rect(4, 0, 8, 4)]).rects == [rect(0, 0, 8, 4)])
    #expect(Region([rect(0, 4, 8, 8), rect(0, 0, 8, 4)]).rects == [rect(0, 0, 8, 8)])
  }

  @Test("a hole takes four rectangles")
  func hole() {
    let region = Region(rect(0, 0, 9, 9)).subtracting(Region(rect(3, 3, 6, 6)))
    #expect(region.rects == [rect(0, 0, 9, 3), rect(0, 3, 3, 6), rect(6, 3, 9, 6), rect(0, 6, 9, 9)])
    #expect(!region.contains(Point(x: 4, y: 4)))
    #expect(region.union(Region(rect(3, 3, 6, 6))) == Region(rect(0, 0, 9, 9)))
  }

  @Test("empty and reversed rectangles add nothing")
  func empty() {
    #expect(Region(rect(5, 5, 5, 9)).isEmpty)
    #expect(Region([rect(9, 9, 2, 12), rect(3, 3, 3, 3)]).isEmpty)
    #expect(Region().bounds.isEmpty)
    #expect(Region([Rect]()).union(Region()).isEmpty)
  }

  @Test("coordinates at the ends of their range are like all others")
  func extremes() {
    let all = rect(.min, .min, .max, .max)
    let part = rect(-1, -1, 1, 1)
    #expect(Region(all).intersection(Region(part)).rects == [part])
    #expect(Region(all).subtracting(Region(part)).rects.count == 4)
    #expect(Region([all, part]).rects == [all])
  }

  @Test("union, intersection and difference have the pixels that they must have")
  func againstPixels() {
    var dice = Dice(seed: 5)
    for _ in 0..<400 {
      let (first, second) = (randomRects(&dice), randomRects(&dice))
      let (a, b) = (Region(first), Region(second))
      let (inA, inB) = (pixels(first), pixels(second))
      #expect(pixels(a.rects) == inA)
      #expect(pixels(a.union(b).rects) == inA.union(inB))
      #expect(pixels(a.intersection(b).rects) == inA.intersection(inB))
      #expect(pixels(a.subtracting(b).rects) == inA.subtracting(inB))
    }
  }

  @Test("bands are in order, apart from each other and as few as can be")
  func canonical() {
    var dice = Dice(seed: 6)
    for _ in 0..<400 {
      let (first, second) = (randomRects(&dice), randomRects(&dice))
      let region = Region(first).subtracting(Region(second))
      #expect(region.rects.areBanded)
      // The same pixels, put together in another order, are the same rectangles.
      #expect(Region(region.rects.reversed()) == region)
      #expect(Region((first + second).reversed()) == Region(first).union(Region(second)))
      for (rect, next) in zip(region.rects, region.rects.dropFirst()) {
        #expect(rect.top != next.top || rect.right < next.left)
      }
    }
  }
}

@Suite struct DamageTests {
  private func rect(_ left: Int32, _ top: Int32, _ right: Int32, _ bottom: Int32) -> Rect {
    Rect(left: left, top: top, right: right, bottom: bottom)
  }

  @Test("a rectangle within another is not kept, whichever came first")
  func containment() {
    var damage = Damage()
    damage.add(rect(2, 2, 4, 4))
    damage.add(rect(0, 0, 9, 9))
    damage.add(rect(5, 5, 6, 6))
    #expect(damage.rects == [rect(0, 0, 9, 9)])
  }

  @Test("rectangles that make up a rectangle become it")
  func joining() {
    var damage = Damage()
    damage.add(rect(0, 0, 4, 4))
    damage.add(rect(4, 4, 8, 8))
    damage.add(rect(0, 4, 4, 8))
    damage.add(rect(4, 0, 8, 4))
    #expect(damage.rects == [rect(0, 0, 8, 8)])
  }

  @Test("an empty rectangle is no damage")
  func empty() {
    var damage = Damage()
    damage.add(rect(3, 3, 3, 8))
    damage.add(rect(9, 9, 1, 1))
    #expect(damage.isEmpty)
    #expect(damage.bounds.isEmpty)
  }

  @Test("one rectangle too many, and all become the one around them")
  func limit() {
    var damage = Damage()
    for i in 0..<Int32(Damage.limit) { damage.add(rect(i * 10, i * 10, i * 10 + 5, i * 10 + 5)) }
    #expect(damage.rects.count == Damage.limit)
    damage.add(rect(1000, 0, 1001, 1))
    #expect(damage.rects == [rect(0, 0, 1001, Int32(Damage.limit) * 10 - 5)])
  }

  @Test("damage always covers all that was added, in bounded room")
  func coverage() {
    var dice = Dice(seed: 7)
    for _ in 0..<50 {
      var damage = Damage()
      var added: [Rect] = []
      for _ in 0..<dice.from(1...80) {
        let new = dice.rect(Size(width: 200, height: 200))
        damage.add(new)
        if !new.isEmpty { added.append(new) }
        #expect(damage.rects.count <= Damage.limit)
      }
      #expect(Region(added).subtracting(damage.region).isEmpty)
    }
  }

  @Test("taking the damage leaves none")
  func taking() {
    var damage = Damage()
    damage.add(rect(0, 0, 1, 1))
    #expect(damage.take() == [rect(0, 0, 1, 1)])
    #expect(damage.isEmpty)
  }
}
