/* The reference client's library (spice-gtk), looking at a session until its server ends it: what session-bench is with ours.
 * Prints the size and a hash of the last picture (FNV-1a, a pixel at a time). Benchmarks/replay compiles and measures it.
 *
 *     glib-session URI
 */
#include <spice-client.h>
#include <stdio.h>

static GMainLoop *loop;
static SpiceChannel *display;
static int status = 1;

/* The picture as it is now, its pixels as words 0x00RRGGBB. */
static void print_picture(void) {
  SpiceDisplayPrimary primary;
  if (!display || !spice_display_channel_get_primary(display, 0, &primary)) return;
  guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
  for (int y = 0; y < primary.height; y++) {
    const guint32 *row = (const guint32 *)(primary.data + (gsize)y * primary.stride);
    for (int x = 0; x < primary.width; x++) {
      hash = (hash ^ (row[x] & 0xffffff)) * G_GUINT64_CONSTANT(0x100000001b3);
    }
  }
  printf("%d %d %" G_GINT64_MODIFIER "x\n", primary.width, primary.height, hash);
  status = 0;
}

static void main_happened(SpiceChannel *channel, SpiceChannelEvent event, gpointer data) {
  if (event == SPICE_CHANNEL_OPENED) return;
  if (g_main_loop_is_running(loop)) print_picture();
  g_main_loop_quit(loop);
}

static void channel_came(SpiceSession *session, SpiceChannel *channel, gpointer data) {
  if (SPICE_IS_MAIN_CHANNEL(channel)) {
    g_signal_connect(channel, "channel-event", G_CALLBACK(main_happened), NULL);
  } else if (SPICE_IS_DISPLAY_CHANNEL(channel)) {
    display = channel;
    spice_channel_connect(channel);
  } else if (SPICE_IS_INPUTS_CHANNEL(channel) || SPICE_IS_CURSOR_CHANNEL(channel)) {
    spice_channel_connect(channel);
  }
}

int main(int count, char **words) {
  if (count != 2) {
    fputs("glib-session: wants a URI\n", stderr);
    return 2;
  }
  loop = g_main_loop_new(NULL, FALSE);
  SpiceSession *session = spice_session_new();
  g_object_set(session, "uri", words[1], "enable-audio", FALSE, "enable-usbredir", FALSE, "enable-smartcard", FALSE, NULL);
  g_signal_connect(session, "channel-new", G_CALLBACK(channel_came), NULL);
  if (!spice_session_connect(session)) return 1;
  g_main_loop_run(loop);
  return status;
}
