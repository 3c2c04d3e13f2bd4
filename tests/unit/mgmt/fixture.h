/* A management API with real trust state behind it, and everything else made up. */
#ifndef PF_TESTS_MGMT_FIXTURE_H
#define PF_TESTS_MGMT_FIXTURE_H

#include "../trust/temp_dir.h"
#include "base/hex.h"
#include "base/log_ring.h"
#include "base/time.h"
#include "library/library.h"
#include "mgmt/api.h"
#include "net/identity.h"
#include "session/recorder.h"
#include "trust/gamestream_store.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <errno.h>

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const uint8_t PAIRED[32] = {0xab, 0xcd}, STRANGER[32] = {0x55}, WAITING[32] = {0x77};
#define PAIRED_HEX "ABCD000000000000000000000000000000000000000000000000000000000000"

struct fixture {
    struct temp_dir dir;
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_native_store *store;
    struct pf_log_ring *logs;
    struct pf_recorder recorder;
    struct pf_library *library;
    struct pf_mgmt_host host;
    bool streaming;
    unsigned stops;
    struct pf_knock_waiter waiter;
    int outcome;                 /* of the waiting device; −1: none yet */
    struct pf_mgmt_call *parked; /* a compositor request that `hold` keeps */
    bool hold;

    struct pf_gamestream_store *gamestream_store;
    unsigned waiting; /* Moonlight clients with the ids from 1 on */
    uint32_t pin_id;  /* for whom the PIN was */
    char pin[8];
};

static struct fixture *fixture_of_waiter(struct pf_knock_waiter *w)
{
    return (struct fixture *)((char *)w - offsetof(struct fixture, waiter));
}

static void on_decided(struct pf_knock_waiter *w, enum pf_knock_outcome outcome)
{
    fixture_of_waiter(w)->outcome = (int)outcome;
}

static void fake_status(void *user, struct pf_mgmt_status *ret)
{
    struct fixture *f = user;
    if (f->streaming)
        *ret = (struct pf_mgmt_status){.video_streaming = true,
            .has_session = true,
            .mode = {1280, 720, 59940},
            .has_stream = true,
            .bitrate_kbps = 20000,
            .packet_size = 1408,
            .min_fec = 2,
            .codec = "h264"};
}

static bool fake_idr(void *user)
{
    return ((struct fixture *)user)->streaming;
}

static void fake_stop(void *user)
{
    ((struct fixture *)user)->stops++;
}

static size_t fake_sessions(void *user, struct pf_mgmt_session *ret, size_t max)
{
    if (!((struct fixture *)user)->streaming || !max)
        return 0;
    ret[0] = (struct pf_mgmt_session){.id = 7,
        .kind = "native",
        .name = "Phone",
        .client = "abcd00000000",
        .state = "streaming",
        .mode = {1280, 720, 59940},
        .codec = "h264",
        .bitrate_kbps = 20000,
        .sent_fps = 59,
        .sent_kbps = 21000,
        .latency_us = 6500,
        .started_unix_ms = 1000};
    return 1;
}

static void fake_encoding(void *user, struct pf_mgmt_encoding *ret)
{
    if (((struct fixture *)user)->streaming)
        *ret = (struct pf_mgmt_encoding){.sessions = 1, .backend = "software", .name = "x264"};
}

static size_t fake_displays(void *user, struct pf_mgmt_display *ret, size_t max)
{
    if (!((struct fixture *)user)->streaming || max < 2)
        return 0;
    ret[0] = (struct pf_mgmt_display){.slot = 1,
        .backend = "wlroots",
        .mode = {1280, 720, 59940},
        .state = "active",
        .expires_in_ms = -1,
        .sessions = 1,
        .client = "Phone",
        .group = 1,
        .x = -1920,
        .y = 40,
        .identity_slot = 3,
        .topology = "exclusive",
        .output = "HEADLESS-2",
        .age_ms = 61000};
    ret[1] = (struct pf_mgmt_display){.slot = 2,
        .backend = "wlroots",
        .mode = {640, 480, 60000},
        .state = "lingering",
        .expires_in_ms = 4000,
        .group = 1,
        .display_index = 1,
        .topology = "extend"};
    return 2;
}

static void fake_release(void *user, bool all, uint64_t slot, struct pf_mgmt_call *call)
{
    pf_mgmt_reply_released(call, ((struct fixture *)user)->streaming && (all || slot == 2) ? 1 : 0);
}

static void reply_compositors(struct pf_mgmt_call *call)
{
    static const struct pf_mgmt_compositor list[] = {
        {"kwin", "KDE Plasma", false, false},
        {"gamescope", "Gamescope", false, false},
        {"mutter", "GNOME", false, false},
        {"wlroots", "Sway", true, true},
    };
    pf_mgmt_reply_compositors(call, list, 4);
}

static void fake_compositors(void *user, struct pf_mgmt_call *call)
{
    struct fixture *f = user;
    if (f->hold)
        f->parked = call;
    else
        reply_compositors(call);
}

static size_t fake_attempts(void *user, struct pf_mgmt_attempt *ret, size_t max)
{
    const struct fixture *f = user;
    for (unsigned i = 0; i < f->waiting && i < max; i++)
        ret[i] = (struct pf_mgmt_attempt){.id = i + 1, .address = "192.168.1.9", .age_s = 5};
    return f->waiting < max ? f->waiting : max;
}

static int fake_pin(void *user, uint32_t id, const char *pin)
{
    struct fixture *f = user;
    if (!f->waiting || id > f->waiting)
        return -ENOENT;
    if (!id && f->waiting > 1)
        return -EEXIST;
    f->pin_id = id ? id : 1;
    snprintf(f->pin, sizeof(f->pin), "%s", pin);
    f->waiting--;
    return 0;
}

/* 4711 was right. */
static const char *fake_pin_result(void *user, uint32_t *ret_id)
{
    struct fixture *f = user;
    *ret_id = f->pin_id;
    return !f->pin_id ? "none" : strcmp(f->pin, "4711") == 0 ? "paired" : "failed";
}

static const char *const codecs[] = {"h264", NULL};

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){.dir = temp_dir_make(), .outcome = -1, .waiter = {on_decided}};
    pf_pairing_init(&f->pairing);
    pf_knocks_init(&f->knocks);
    f->logs = pf_log_ring_create();
    setenv("HOME", f->dir.path, 1); /* no game of this machine */
    if (pf_recorder_init(&f->recorder, f->dir.path) < 0 || pf_library_create(f->dir.path, &f->library) < 0)
        abort();
    pf_log_ring_take(f->logs, PF_LOG_INFO, 5 * PF_NS_PER_S, "host", "a line");
    if (pf_native_store_open(f->dir.path, &f->store, NULL) < 0 ||
        pf_native_store_add(f->store, PAIRED, "Paired", NULL) < 0 ||
        pf_gamestream_store_open(f->dir.path, &f->gamestream_store, NULL) < 0)
        abort();
    f->host = (struct pf_mgmt_host){.version = "1.2.3",
        .abi_version = 3,
        .hostname = "gamebox",
        .uniqueid = "0123456789abcdef0123456789abcdef",
        .local_ip = "192.168.1.5",
        .codecs = codecs,
        .pairing = &f->pairing,
        .knocks = &f->knocks,
        .store = f->store,
        .config_dir = f->dir.path,
        .logs = f->logs,
        .recorder = &f->recorder,
        .library = f->library,
        .sessions = fake_sessions,
        .encoding = fake_encoding,
        .gamestream_store = f->gamestream_store,
        .pair_attempts = fake_attempts,
        .submit_pin = fake_pin,
        .pin_result = fake_pin_result,
        .user = f,
        .status = fake_status,
        .request_idr = fake_idr,
        .stop_sessions = fake_stop,
        .displays = fake_displays,
        .release_display = fake_release,
        .compositors = fake_compositors};
}

static inline void fixture_finish(struct fixture *f)
{
    pf_log_ring_destroy(f->logs);
    pf_recorder_finish(&f->recorder);
    pf_library_destroy(f->library);
    pf_knocks_clear(&f->knocks);
    pf_native_store_destroy(f->store);
    pf_gamestream_store_destroy(f->gamestream_store);
    temp_dir_remove(&f->dir);
}

/* A device waits for approval; returns its id. */
static inline uint32_t fixture_knock(struct fixture *f)
{
    struct pf_knock_address address = {{192, 168, 1, 77}};
    return pf_knocks_park(&f->knocks, pf_time_mono_ns(), WAITING, "Waiting", &address, &f->waiter);
}

#endif
