/// The operators that pixman reckons in floating point, on one pixel.
struct WideCombiner {
  let operation: CompositeOperator
  let hasComponentAlpha: Bool

  func combine(_ source: WidePixel, _ mask: WidePixel?, _ d: WidePixel) -> WidePixel {
    var s = source
    // The source's alpha for each channel.
    var alpha = WidePixel(repeating: source[0])
    if isOfWholeColors {
      // pixman knows no such mode for a mask of colours.
      if mask != nil, hasComponentAlpha { return d }
      if let mask { s *= mask[0] }
      return blendColors(s, d)
    }
    if let mask, hasComponentAlpha {
      alpha = WidePixel(mask[0] * s[0], mask[1] * s[0], mask[2] * s[0], mask[3] * s[0])
      s = WidePixel(alpha[0], s[1] * mask[1], s[2] * mask[2], s[3] * mask[3])
    } else if let mask {
      s *= mask[0]
      alpha = WidePixel(repeating: s[0])
    }
    var result = WidePixel.zero
    for channel in 0..<4 {
      result[channel] = combine(channel == 0, alpha[channel], s[channel], d[0], d[channel])
    }
    return result
  }

  private var isOfWholeColors: Bool { operation.rawValue >= CompositeOperator.hue.rawValue }

  private func combine(_ isAlpha: Bool, _ sa: Float, _ s: Float, _ da: Float, _ d: Float) -> Float {
    if operation.rawValue >= CompositeOperator.multiply.rawValue {
      if isAlpha { return da + sa - da * sa }
      return (1 - sa) * d + (1 - da) * s + blend(sa, s, da, d)
    }
    let (a, b) = factors(sa, da)
    return min(1, s * a + d * b)
  }

  // MARK: Porter and Duff, and X Render's own

  /// What of the source and of the destination is seen.
  private func factors(_ sa: Float, _ da: Float) -> (source: Float, destination: Float) {
    /// `part / whole`, from 0 to 1.
    func share(_ part: Float, _ whole: Float, of nothing: Float) -> Float {
      isZero(whole) ? nothing : min(1, max(0, part / whole))
    }
    func rest(_ part: Float, _ whole: Float) -> Float {
      isZero(whole) ? 0 : min(1, max(0, 1 - part / whole))
    }
    switch operation {
    case .saturate: return (share(1 - da, sa, of: 1), 1)
    case .disjointOver: return (1, share(1 - sa, da, of: 1))
    case .disjointOverReverse: return (share(1 - da, sa, of: 1), 1)
    case .disjointIn: return (rest(1 - da, sa), 0)
    case .disjointInReverse: return (0, rest(1 - sa, da))
    case .disjointOut: return (share(1 - da, sa, of: 1), 0)
    case .disjointOutReverse: return (0, share(1 - sa, da, of: 1))
    case .disjointAtop: return (rest(1 - da, sa), share(1 - sa, da, of: 1))
    case .disjointAtopReverse: return (share(1 - da, sa, of: 1), rest(1 - sa, da))
    case .disjointXor: return (share(1 - da, sa, of: 1), share(1 - sa, da, of: 1))
    case .conjointOver: return (1, rest(sa, da))
    case .conjointOverReverse: return (rest(da, sa), 1)
    case .conjointIn: return (share(da, sa, of: 1), 0)
    case .conjointInReverse: return (0, share(sa, da, of: 1))
    case .conjointOut: return (rest(da, sa), 0)
    case .conjointOutReverse: return (0, rest(sa, da))
    case .conjointAtop: return (share(da, sa, of: 1), rest(sa, da))
    case .conjointAtopReverse: return (rest(da, sa), share(sa, da, of: 1))
    case .conjointXor: return (rest(da, sa), rest(sa, da))
    default: return (0, 1)
    }
  }

  private func isZero(_ value: Float) -> Bool {
    -Float.leastNormalMagnitude < value && value < Float.leastNormalMagnitude
  }

  // MARK: PDF's blend modes

  private func blend(_ sa: Float, _ s: Float, _ da: Float, _ d: Float) -> Float {
    switch operation {
    case .colorDodge:
      if isZero(d) { return 0 }
      return d * sa >= sa * da - s * da || isZero(sa - s) ? sa * da : sa * sa * d / (sa - s)
    case .colorBurn:
      if d >= da { return sa * da }
      return sa * (da - d) >= s * da || isZero(s) ? 0 : sa * (da - sa * (da - d) / s)
    case .softLight:
      if isZero(da) { return d * sa }
      if 2 * s <= sa { return d * sa - d * (da - d) * (sa - 2 * s) / da }
      if 4 * d <= da { return d * sa + (2 * s - sa) * d * ((16 * d / da - 12) * d / da + 3) }
      return d * sa + ((d * da).squareRoot() - d) * (2 * s - sa)
    default: return 0
    }
  }

  /// The modes of hue, saturation and luminosity, which look at a whole colour.
  private func blendColors(_ s: WidePixel, _ d: WidePixel) -> WidePixel {
    let (sa, da) = (s[0], d[0])
    var color: Color
    let (source, destination) = (Color(s), Color(d))
    switch operation {
    case .hue:
      color = source.times(da)
      color.setSaturation(destination.saturation * sa)
      color.setLuminosity(destination.luminosity * sa, limit: sa * da)
    case .saturation:
      color = destination.times(sa)
      color.setSaturation(source.saturation * da)
      color.setLuminosity(destination.luminosity * sa, limit: sa * da)
    case .color:
      color = source.times(da)
      color.setLuminosity(destination.luminosity * sa, limit: sa * da)
    default:
      color = destination.times(sa)
      color.setLuminosity(source.luminosity * da, limit: sa * da)
    }
    func mixed(_ channel: Int, _ blended: Float) -> Float { (1 - sa) * d[channel] + (1 - da) * s[channel] + blended }
    return WidePixel(sa + da - sa * da, mixed(1, color.red), mixed(2, color.green), mixed(3, color.blue))
  }
}

/// A colour in the sense of PDF's blend modes: ISO 32000, 11.3.5.3.
private struct Color {
  var red, green, blue: Float

  init(_ pixel: WidePixel) {
    (red, green, blue) = (pixel[1], pixel[2], pixel[3])
  }

  func times(_ factor: Float) -> Color {
    var color = self
    (color.red, color.green, color.blue) = (red * factor, green * factor, blue * factor)
    return color
  }

  var luminosity: Float { red * 0.3 + green * 0.59 + blue * 0.11 }
  var largest: Float { max(max(red, green), blue) }
  var smallest: Float { min(min(red, green), blue) }
  var saturation: Float { largest - smallest }

  mutating func setSaturation(_ saturation: Float) {
    let (low, span) = (smallest, largest - smallest)
    let high = largest
    guard span >= Float.leastNormalMagnitude else {
      (red, green, blue) = (0, 0, 0)
      return
    }
    func stretched(_ value: Float) -> Float {
      value == high ? saturation : value == low ? 0 : (value - low) * saturation / span
    }
    (red, green, blue) = (stretched(red), stretched(green), stretched(blue))
  }

  /// Then brings it into 0 to `limit`, towards its own luminosity.
  mutating func setLuminosity(_ target: Float, limit: Float) {
    let step = target - luminosity
    (red, green, blue) = (red + step, green + step, blue + step)
    let (light, low, high) = (luminosity, smallest, largest)
    if low < 0 { pull(to: light, over: light - low, light, at: 0) }
    if high > limit { pull(to: light, over: high - light, limit - light, at: limit) }
  }

  private mutating func pull(to light: Float, over span: Float, _ factor: Float, at end: Float) {
    if abs(span) < Float.leastNormalMagnitude {
      (red, green, blue) = (end, end, end)
    } else {
      red = light + (red - light) * factor / span
      green = light + (green - light) * factor / span
      blue = light + (blue - light) * factor / span
    }
  }
}
