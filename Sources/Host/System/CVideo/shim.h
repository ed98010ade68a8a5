// FFmpeg's structures. Its functions are looked up when a program first asks for video, and nothing is linked: the
// libraries behind libavcodec would cost every start tens of milliseconds.
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

typedef const AVCodec *(*video_find_decoder)(enum AVCodecID);
typedef AVCodecContext *(*video_context_alloc)(const AVCodec *);
typedef int (*video_open)(AVCodecContext *, const AVCodec *, AVDictionary **);
typedef void (*video_context_free)(AVCodecContext **);
typedef int (*video_send)(AVCodecContext *, const AVPacket *);
typedef int (*video_receive)(AVCodecContext *, AVFrame *);
typedef AVPacket *(*video_packet_alloc)(void);
typedef void (*video_packet_free)(AVPacket **);
typedef int (*video_packet_new)(AVPacket *, int);
typedef AVFrame *(*video_frame_alloc)(void);
typedef void (*video_frame_free)(AVFrame **);
typedef int (*video_error_text)(int, char *, size_t);
typedef void (*video_log_level)(int);
typedef struct SwsContext *(*video_scaler)(
    struct SwsContext *, int, int, enum AVPixelFormat, int, int, enum AVPixelFormat, int, SwsFilter *, SwsFilter *,
    const double *);
typedef int (*video_scale)(
    struct SwsContext *, const uint8_t *const[], const int[], int, int, uint8_t *const[], const int[]);
typedef void (*video_scaler_free)(struct SwsContext *);
typedef const int *(*video_coefficients)(int);
typedef int (*video_scaler_colors)(struct SwsContext *, const int[4], int, const int[4], int, int, int, int);

// FFmpeg names these by macros that Swift does not see.
static const int video_again = AVERROR(EAGAIN);
static const int video_codec_major = LIBAVCODEC_VERSION_MAJOR;
static const int video_util_major = LIBAVUTIL_VERSION_MAJOR;
static const int video_scale_major = LIBSWSCALE_VERSION_MAJOR;
