import SpiceProtocol

/// What is known of a conversation, as far as judging it needs.
struct ConversationCase {
  var channel: ChannelID?
  var session: UInt32?
  var began: FlowTime
  var lastTime: FlowTime
  /// Bytes are missing, so that what seems missing may have been said.
  var isPartial = false
  var request: LinkReading?
  var reply: LinkReply?
  /// The link message, where it names a session that had not been seen by then.
  var strangeSession: Finding.Evidence?
  var strangers: [Speaker: (kind: PeerKind, bytes: [UInt8])] = [:]
  var speaksSpice: Set<Speaker> = []
  /// The ticket, where it ends as one that was shifted.
  var shiftedTicket: Finding.Evidence?
  var linkedAt: FlowTime?
  var closed: [Speaker: FlowTime] = [:]
  var isReset = false
  var blockedSince: [Speaker: FlowTime] = [:]
  var acks = AckCase()
  var pings: [UInt32: FlowTime] = [:]
  /// Nanoseconds of the round trips that pings measured.
  var roundTrips: [UInt64] = []
  var serverSerial: UInt64 = 0
  var main = MainCase()
  var display = DisplayCase()
  /// Motions that were not acknowledged.
  var motions = 0

  func clientHas(_ capability: CommonCapability) -> Bool { request?.common.contains(capability) == true }
  func clientHas(specific number: Int) -> Bool { request?.specific.contains(number) == true }
  func serverHas(specific number: Int) -> Bool { reply?.specific.contains(number) == true }
}

/// Acks of one channel.
struct AckCase {
  /// 0: the server asked for none.
  var window: UInt64 = 0
  /// Messages since SET_ACK, and those of them that no ACK covers.
  var messages: UInt64 = 0
  var unacknowledged: UInt64 = 0
  var acks: UInt64 = 0
  /// The generation whose ACK_SYNC has not come.
  var awaitedSync: (generation: UInt32, since: FlowTime)?
  /// When twice the window was reached.
  var fullSince: FlowTime?
}

/// The main channel's own matters.
struct MainCase {
  var openedAt: FlowTime?
  var hasAttached = false
  var hasList = false
  /// AGENT_DATA that the client, and the server, may send; nil where nobody said.
  var clientTokens: UInt64?
  var serverTokens: UInt64?
}

/// A display channel's own matters.
struct DisplayCase {
  var hasInit = false
  var initializedAt: FlowTime?
  /// Whether anything of a display's own has come.
  var hasSpoken = false
  var surfaces: Set<UInt32> = []
  var streams: Set<UInt32> = []
  var palettes: Set<UInt64> = []
}

/// What the channels of a session share.
struct SessionCase {
  var images: Set<UInt64> = []
  /// Bytes are missing on a channel.
  var isPartial = false
  /// Its connections that are not over.
  var open = 0
  /// Whether its main channel was seen, without which no other can be opened any more once all are over.
  var hasMain = false
  /// When the server was last heard on any channel, and whether a display has shown anything.
  var heardAt: FlowTime?
  var hasPicture = false
  var serials: [ChannelID: UInt64] = [:]
  var waits: [Wait] = []

  struct Wait {
    var evidence: Finding.Evidence
    /// The waiting channel, and the serial of the message that waits.
    var channel: ChannelID
    var serial: UInt64
    var target: ChannelWait
  }
}
