// What is said of each kind of fault; the pages in Documentation/findings say the same.

extension FindingCode {
  /// One line of the catalogue.
  struct Entry {
    let severity: Severity
    let title: String
    let cause: String
    let advice: String
  }

  /// Its line of the catalogue.
  var entry: Entry {
    switch self {
    case .linkPadded:
      Entry(
        severity: .fault, title: "The link message is padded as a C compiler would lay it out",
        cause: """
          The client writes its link message as a structure in memory. SpiceLinkMess is packed: 18 bytes, \
          with nothing between channel_id and num_common_caps. Two bytes of padding there shift all that \
          follows, so that the server reads counts in the tens of thousands and answers error 3 \
          (INVALID_DATA).
          """,
        advice: """
          Write the fields one by one, little-endian and without padding: u32 connection_id, u8 \
          channel_type, u8 channel_id, u32 num_common_caps, u32 num_channel_caps, u32 caps_offset (18), then \
          the capability words. The header's size is 18 + 4 per word.
          """)
    case .linkShort:
      Entry(
        severity: .fault, title: "The link message is shorter than its fixed part",
        cause: """
          The header announces fewer than the 18 bytes that every link message has.
          """,
        advice: """
          Announce 18 bytes plus 4 for each capability word, and send as many.
          """)
    case .linkCapsOffset:
      Entry(
        severity: .fault, title: "caps_offset points to where no capability words are",
        cause: """
          caps_offset counts from the start of the link message, whose fixed part has 18 bytes. Another \
          number, often 20 or 16, makes the server read the words from elsewhere or refuse the message.
          """,
        advice: """
          Send 18, with the words right behind it, and count them in the header's size.
          """)
    case .linkCapsCounted:
      Entry(
        severity: .fault, title: "Capabilities are counted instead of words",
        cause: """
          num_common_caps and num_channel_caps count 32-bit words of a bit set, not capabilities: two \
          capabilities are two bits of one word.
          """,
        advice: """
          Send the number of words, which is 1 for all capabilities below number 32.
          """)
    case .linkCounts:
      Entry(
        severity: .fault, title: "The link message counts more capability words than it has",
        cause: """
          The counts and the size in the header do not fit together.
          """,
        advice: """
          Let the size be 18 + 4 * (num_common_caps + num_channel_caps).
          """)
    case .linkUnfinished:
      Entry(
        severity: .fault, title: "The link stage stopped before it was complete",
        cause: """
          One end waits for bytes that the other one never sent. A server reads nothing before the whole \
          link message is there, and libspice-server waits for ever; a VNC client waits for the server to \
          speak first, which a SPICE server never does.
          """,
        advice: """
          Let the end that is named here send the rest. If it is a VNC client, call a VNC server with it, or \
          this server with a SPICE client.
          """)
    case .magicUnknown:
      Entry(
        severity: .fault, title: "One end does not begin with REDQ",
        cause: """
          SPICE begins with the four bytes 52 45 44 51 (REDQ) in both directions. What came is something \
          else.
          """,
        advice: """
          Look at the bytes: the port may belong to another service, or something on the way changes what is \
          sent.
          """)
    case .peerVNC:
      Entry(
        severity: .fault, title: "One end speaks VNC",
        cause: """
          It begins with RFB. QEMU gives VNC and SPICE ports of the same range, from 5900 on.
          """,
        advice: """
          Call the port of the other protocol, or use a client for the one that is served there.
          """)
    case .peerHTTP:
      Entry(
        severity: .fault, title: "One end speaks HTTP",
        cause: """
          A browser, a proxy or a gateway is at one end.
          """,
        advice: """
          Call the SPICE port itself. Through a WebSocket, SPICE begins after the upgrade and inside frames; \
          through a proxy, after CONNECT.
          """)
    case .peerTLS:
      Entry(
        severity: .fault, title: "One end speaks TLS and the other one does not",
        cause: """
          A TLS port was called plainly, or a plain one with TLS.
          """,
        advice: """
          Use the TLS port with TLS (spice+tls://host:port) and the plain one without.
          """)
    case .version:
      Entry(
        severity: .fault, title: "Another major version of SPICE",
        cause: """
          The major version is 2 since 2009. libspice-server answers any other with error 4 \
          (VERSION_MISMATCH).
          """,
        advice: """
          Send major 2 and minor 2 in the link header.
          """)
    case .mechanismMissing:
      Entry(
        severity: .fault, title: "A ticket came where the mechanism has to be",
        cause: """
          Both ends have AUTH_SELECTION, so the client names its mechanism in four bytes before the ticket. \
          Without them the server takes the ticket's first bytes for the mechanism.
          """,
        advice: """
          Send u32 1 (a SPICE ticket) first, or do not offer AUTH_SELECTION.
          """)
    case .mechanismUnexpected:
      Entry(
        severity: .fault, title: "A mechanism came that was not agreed on",
        cause: """
          Only where both ends have AUTH_SELECTION four bytes with the mechanism precede the ticket. The \
          server takes them for the ticket's beginning, and the decryption fails.
          """,
        advice: """
          Look at the server's capabilities in the link reply before sending the mechanism.
          """)
    case .ticketSize:
      Entry(
        severity: .fault, title: "The ticket is not of 128 bytes",
        cause: """
          A ticket is one block of 1024-bit RSA: 128 bytes, also for an empty password. A shorter one leaves \
          the server waiting; a longer one runs into the first message.
          """,
        advice: """
          Encrypt the password and its NUL, RSA-OAEP with SHA-1, with the key of this very link reply, and \
          send all 128 bytes of the result.
          """)
    case .ticketShifted:
      Entry(
        severity: .fault, title: "The ticket seems to be shifted by one byte",
        cause: """
          A ticket is a number of 1024 bits. Where its first byte happens to be zero, which is so with one in 256, \
          some clients leave that byte out and fill up at the end: spice-html5 does, so that about one \
          session in fifty is refused for no reason that its user could see. The server decrypts another number and refuses it, \
          even where it asks for no password. One right ticket in 256 ends with a zero too; then the password itself \
          was refused.
          """,
        advice: """
          Connect again: the next ticket is another one. If that is refused too, look at the password. In a client of \
          your own write the number right-aligned, with zeros before it, over all 128 bytes.
          """)
    case .ticketRefused:
      Entry(
        severity: .fault, title: "The password was refused",
        cause: """
          It is wrong or has expired; or it was encrypted without its NUL, with another key than this link \
          reply's, or with another padding than OAEP with SHA-1.
          """,
        advice: """
          Check the password and its expiry at the server (`set_password spice …`, `expire_password spice …` \
          in QEMU's monitor). In a client of your own check the NUL, the key and the padding.
          """)
    case .needsTLS:
      Entry(
        severity: .fault, title: "The server wants this channel in TLS",
        cause: """
          The channel was opened on the plain port, and the server's configuration secures it (error 5, \
          NEED_SECURED).
          """,
        advice: """
          Open this channel on the TLS port, or take it from the secured channels of the server.
          """)
    case .needsPlain:
      Entry(
        severity: .fault, title: "The server wants this channel without TLS",
        cause: """
          The channel was opened on the TLS port, and the server's configuration has it plain (error 6, \
          NEED_UNSECURED).
          """,
        advice: """
          Open this channel on the plain port.
          """)
    case .linkRefused:
      Entry(
        severity: .fault, title: "The server refused the link",
        cause: """
          The code in the link reply or result says why.
          """,
        advice: """
          Act on the code that the sentence names.
          """)
    case .connectionIDZero:
      Entry(
        severity: .fault, title: "A channel was opened without its session's id",
        cause: """
          connection_id is 0 on the main channel only. Every other channel gives the session_id of the main \
          channel's INIT.
          """,
        advice: """
          Take session_id from INIT and send it as connection_id.
          """)
    case .connectionIDStale:
      Entry(
        severity: .fault, title: "A channel was opened for a session that is not there",
        cause: """
          connection_id is no session's id that this server gave, or that session is over. After each \
          reconnection the main channel's INIT has a new one.
          """,
        advice: """
          Use the session_id of the last INIT of the main channel that is open.
          """)
    case .attachMissing:
      Entry(
        severity: .fault, title: "ATTACH_CHANNELS never came, so the list of channels does not",
        cause: """
          After INIT the server waits for the client's ATTACH_CHANNELS on the main channel (message 104). \
          Only then does it send CHANNELS_LIST.
          """,
        advice: """
          Send ATTACH_CHANNELS, an empty message, as soon as INIT is there.
          """)
    case .displayInitMissing:
      Entry(
        severity: .fault, title: "The display channel's client has not said INIT, so the server is silent",
        cause: """
          On a display channel the client speaks first. Until its INIT (message 101) has come the server \
          sends nothing, and libspice-server closes the channel after 30 seconds. Who reads first waits for \
          ever.
          """,
        advice: """
          Send DISPLAY INIT right after the link result: u8 pixmap_cache_id, i64 pixmap_cache_size, u8 \
          glz_dictionary_id, i32 glz_dictionary_window_size; 14 bytes, packed.
          """)
    case .displayInitMalformed:
      Entry(
        severity: .fault, title: "DISPLAY INIT is not laid out as the protocol has it",
        cause: """
          INIT is 14 packed bytes: u8 pixmap_cache_id, i64 pixmap_cache_size in pixels, u8 \
          glz_dictionary_id, i32 glz_dictionary_window_size in pixels.
          """,
        advice: """
          Write the four fields one by one, without padding.
          """)
    case .displaySilent:
      Entry(
        severity: .warning, title: "A display has nothing to show, though the session goes on",
        cause: """
          A server answers DISPLAY INIT with the surfaces it has, also where nothing moves: a screen that \
          stands still has been drawn once. Here none ever came. The guest has no graphics device that \
          draws, or the server's display worker hangs while its main channel lives.
          """,
        advice: """
          Look whether the guest has a display device and its driver runs, and whether another client sees a \
          picture.
          """)
    case .headersFull:
      Entry(
        severity: .fault, title: "Full headers came though mini ones were agreed",
        cause: """
          Both ends have MINI_HEADER, so every message is headed by u16 type and u32 size. The 18 bytes of a \
          full header are read as several messages.
          """,
        advice: """
          Write mini headers once both ends have the capability, or do not offer it.
          """)
    case .headersMini:
      Entry(
        severity: .fault, title: "Mini headers came though full ones hold",
        cause: """
          Mini headers are for where both ends have MINI_HEADER. Otherwise each message is headed by u64 \
          serial, u16 type, u32 size, u32 sub_list.
          """,
        advice: """
          Look at both ends' common capabilities before choosing the header.
          """)
    case .serialOrder:
      Entry(
        severity: .warning, title: "Serials do not count up",
        cause: """
          Under full headers the serials count from 1 by one in each direction of each channel. Waits for \
          other channels refer to them.
          """,
        advice: """
          Count every message that is sent on a channel, and begin at 1.
          """)
    case .ackMissing:
      Entry(
        severity: .fault, title: "Acks are missing, so the server stalls",
        cause: """
          After SET_ACK the client answers ACK_SYNC with the generation, and then sends one empty ACK for \
          each `window` messages it receives on that channel. Without them the server sends at most twice \
          the window and then nothing, silently.
          """,
        advice: """
          Answer SET_ACK with ACK_SYNC, count received messages on each channel, and send ACK whenever \
          another `window` of them have come.
          """)
    case .ackLate:
      Entry(
        severity: .warning, title: "Acks come late, and the server waits for them",
        cause: """
          Twice the window was full for more than a second before the client acknowledged it, or for more \
          than five before its first ACK, while it sets up what it draws on. The client is busy with what it \
          received, or acknowledges only after drawing.
          """,
        advice: """
          Acknowledge when a message has been received, not when it has been drawn; decode apart from \
          reading.
          """)
    case .ackTooMany:
      Entry(
        severity: .warning, title: "More acks than messages call for",
        cause: """
          One ACK stands for a whole window of messages. More of them let the server send without bound, or \
          end the connection.
          """,
        advice: """
          Send one ACK for each `window` messages, and none before SET_ACK.
          """)
    case .pongMissing:
      Entry(
        severity: .warning, title: "A PING has no PONG",
        cause: """
          The server measures round trips with PING and may end a session whose client does not answer.
          """,
        advice: """
          Answer each PING at once with its id and timestamp.
          """)
    case .pongPadding:
      Entry(
        severity: .warning, title: "A PONG echoes the padding of its PING",
        cause: """
          A PING may carry padding of any length, to measure bandwidth. A PONG has its id and timestamp \
          alone: 12 bytes.
          """,
        advice: """
          Answer with the first 12 bytes of the PING.
          """)
    case .waitDeadlock:
      Entry(
        severity: .fault, title: "A channel waits for what cannot come",
        cause: """
          WAIT_FOR_CHANNELS holds back what follows until another channel has handled a serial. That channel \
          has never sent it, or itself waits for this one.
          """,
        advice: """
          At the server: refer to serials that were sent before. At the client: count serials of every \
          channel, under mini headers too.
          """)
    case .imageNotCached:
      Entry(
        severity: .fault, title: "An image is to come from the cache and was never put there",
        cause: """
          FROM_CACHE names an image by its id. None with that id and CACHE_ME has been sent in this session, \
          or it was invalidated since.
          """,
        advice: """
          At the server: send the image itself, or keep the account of this client's cache in step with its \
          size and invalidations.
          """)
    case .paletteNotCached:
      Entry(
        severity: .fault, title: "A palette is to come from the cache and was never put there",
        cause: """
          The image's palette is named by its id, and no palette with that id was sent with the flag that \
          keeps it.
          """,
        advice: """
          At the server: send the palette along, or keep account of what this client has.
          """)
    case .glzReference:
      Entry(
        severity: .fault, title: "A GLZ image refers to one that is not in the window",
        cause: """
          GLZ takes pixels from earlier images of all display channels of a session. The one meant here was \
          never sent, or has left the window.
          """,
        advice: """
          At the server: begin a new dictionary for each client and respect the window that its DISPLAY INIT \
          announced.
          """)
    case .agentTokens:
      Entry(
        severity: .fault, title: "Agent data without a token",
        cause: """
          Each AGENT_DATA costs a token, which the other end gives in advance: the server in INIT, \
          AGENT_CONNECTED_TOKENS and AGENT_TOKEN, the client in AGENT_START and AGENT_TOKEN.
          """,
        advice: """
          Keep agent data until there is a token for it.
          """)
    case .agentChunk:
      Entry(
        severity: .fault, title: "More than 2048 bytes in one AGENT_DATA",
        cause: """
          The agent's stream travels in pieces of at most 2048 bytes, whatever the size of its messages.
          """,
        advice: """
          Cut the stream into pieces of 2048 bytes, each an AGENT_DATA of its own that costs a token.
          """)
    case .motionFlood:
      Entry(
        severity: .warning, title: "Pointer motions run ahead of their acks",
        cause: """
          The server acknowledges each 4 motions with MOUSE_MOTION_ACK. Clients hold back beyond 8 that are \
          not acknowledged, or the pointer lags behind the hand.
          """,
        advice: """
          Hold motions back while 8 are not acknowledged, and add up what is held.
          """)
    case .streamUnknown:
      Entry(
        severity: .fault, title: "Data for a video stream that does not exist",
        cause: """
          STREAM_DATA, STREAM_CLIP and STREAM_DESTROY name a stream by the id of its STREAM_CREATE.
          """,
        advice: """
          At the server: create the stream before its frames, and send none after its end.
          """)
    case .surfaceUnknown:
      Entry(
        severity: .fault, title: "A surface is used that does not exist",
        cause: """
          Draws and images name a surface by the id of its SURFACE_CREATE. This one was not created yet, or \
          is destroyed.
          """,
        advice: """
          At the server: create surfaces before drawing on them and destroy them last.
          """)
    case .messageMalformed:
      Entry(
        severity: .fault, title: "A message's body is not what its type says",
        cause: """
          Its fields do not fit its size, or a field has a value that the protocol does not know.
          """,
        advice: """
          Compare the fields at the offset that the sentence names with the protocol.
          """)
    case .messageUnknown:
      Entry(
        severity: .warning, title: "A message of a type that the channel does not have",
        cause: """
          Its number is none of this channel's in this direction. It may be of another channel, or the \
          stream is out of step.
          """,
        advice: """
          Check the number against the channel's list, and the size of the message before it.
          """)
    case .messageTooLong:
      Entry(
        severity: .fault, title: "A message claims to be longer than any can be",
        cause: """
          The size in the header is past 64 MiB. Most often the stream is out of step: a size was wrong, or \
          headers of the other kind came.
          """,
        advice: """
          Look at the message before this one.
          """)
    case .capabilityUnadvertised:
      Entry(
        severity: .fault, title: "Something is used that the other end did not say it can",
        cause: """
          Messages, image types and codecs that came after version 2.0 may be sent only to an end that has \
          the capability in its link message or reply.
          """,
        advice: """
          Look at the other end's capabilities, or advertise what is wanted.
          """)
    case .slowReader:
      Entry(
        severity: .warning, title: "One end does not read",
        cause: """
          Its TCP window was shut for more than a second: it takes no bytes while the other end wants to \
          send.
          """,
        advice: """
          Look for what keeps that end from reading: decoding or drawing in the thread that reads, or a \
          machine that is busy.
          """)
    case .halfClosed:
      Entry(
        severity: .warning, title: "One end has closed and the other one has not",
        cause: """
          Each end closes its own direction. One that stays open after the other's end keeps a session that \
          is over.
          """,
        advice: """
          Close the connection when the other end does.
          """)
    }
  }
}
