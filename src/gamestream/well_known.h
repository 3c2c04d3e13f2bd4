/* What the GameStream protocol fixes for every host: its ports, and the versions that we say we are
 * (gamestream.md 1 and 2). */
#ifndef PF_GAMESTREAM_WELL_KNOWN_H
#define PF_GAMESTREAM_WELL_KNOWN_H

enum {
    PF_GAMESTREAM_HTTPS_PORT = 47984,   /* TCP */
    PF_GAMESTREAM_HTTP_PORT = 47989,    /* TCP */
    PF_GAMESTREAM_VIDEO_PORT = 47998,   /* UDP */
    PF_GAMESTREAM_CONTROL_PORT = 47999, /* UDP */
    PF_GAMESTREAM_AUDIO_PORT = 48000,   /* UDP */
    PF_GAMESTREAM_RTSP_PORT = 48010,    /* TCP */
};

/* Clients switch features by these (section 0, mistake 1). */
#define PF_GAMESTREAM_APP_VERSION "7.1.431.-1"
#define PF_GAMESTREAM_GFE_VERSION "3.23.0.74"

#endif
