/// What an export answers. The numbers are part of the module's interface: they are never given a new meaning.
enum Status: Int32 {
  case done = 0
  /// Done, and the channel holds as much as it should: do not feed it until `saffron_wants_input` says 1.
  case hold = 1
  /// No session has that handle.
  case noSession = -1
  /// The session has no such channel, or it has ended.
  case noChannel = -2
  /// An argument cannot be what it is: a length, a pointer, a number out of range.
  case badArgument = -3
  /// The call ended the channel; its `ended` record says why.
  case ended = -4
  /// The session cannot do that yet: the main channel has not opened it.
  case tooEarly = -5
}
