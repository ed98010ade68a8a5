extension DemoDesktop {
  /// How long a tone is, in seconds.
  public static let toneLength = 1.0
  /// Steps of volume; 0 is silence.
  public static let loudest = 8

  /// A part of a tone of `toneLength`: a sine at half of full scale that begins and ends softly, in 20 ms.
  ///
  /// - Parameters:
  ///   - frequency: In hertz.
  ///   - sampleRate: Samples a second of one channel.
  ///   - samples: Which of them, counted from the tone's start. Before the start and after the end there is silence.
  public static func tone(frequency: Double, sampleRate: Int, samples: Range<Int>) -> [Int16] {
    guard sampleRate > 0, frequency.isFinite else { return samples.map { _ in 0 } }
    let fade = 0.02
    return samples.map { index in
      let time = Double(index) / Double(sampleRate)
      guard time >= 0, time < toneLength else { return 0 }
      let volume = Wave.step(0, fade, time) * Wave.step(toneLength, toneLength - fade, time)
      return Int16((Wave.sine(turns: frequency * time) * volume * 16_383).rounded())
    }
  }
}
