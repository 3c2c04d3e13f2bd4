/* A request to the management API, from anybody and from the administrator.
 *
 * Input: method, path, content type and body, with a line feed after each of the first three. */
#include "fuzz.h"

#include "base/log_ring.h"
#include "library/library.h"
#include "mgmt/call.h"
#include "mgmt/events.h"
#include "mgmt/route.h"
#include "session/recorder.h"
#include "trust/knocks.h"
#include "trust/pairing.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct exchange {
    struct pf_mgmt_call call;
    unsigned answers;
};

static void on_answered(struct pf_mgmt_call *call)
{
    struct exchange *x = (struct exchange *)call;
    x->answers++;
}

static void no_status(void *user, struct pf_mgmt_status *ret)
{
    (void)user;
    (void)ret;
}

static bool no_idr(void *user)
{
    (void)user;
    return false;
}

static void no_stop(void *user)
{
    (void)user;
}

static size_t no_displays(void *user, struct pf_mgmt_display *ret, size_t max)
{
    (void)user;
    (void)ret;
    (void)max;
    return 0;
}

static void release_none(void *user, bool all, uint64_t slot, struct pf_mgmt_call *call)
{
    (void)user;
    FUZZ_ASSERT(!all || slot == 0);
    pf_mgmt_reply_released(call, 0);
}

static void no_compositors(void *user, struct pf_mgmt_call *call)
{
    (void)user;
    pf_mgmt_reply_compositors(call, NULL, 0);
}

static struct pf_log_ring *logs;
static struct pf_mgmt_events *events;
static struct pf_recorder recorder;
static struct pf_library *library;
static char dir[] = "/dev/shm/pf-fuzz-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void clean_up(void)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    pf_library_destroy(library);
    pf_recorder_finish(&recorder);
    pf_log_ring_destroy(logs);
    pf_mgmt_events_destroy(events);
}

/* Where the operations keep their files; no game of this machine is in it. */
static const char *folder(void)
{
    if (logs)
        return dir;
    FUZZ_ASSERT(mkdtemp(dir) && setenv("HOME", dir, 1) == 0);
    logs = pf_log_ring_create();
    events = pf_mgmt_events_create();
    FUZZ_ASSERT(
        logs && events && pf_recorder_init(&recorder, dir) == 0 && pf_library_create(dir, &library) == 0);
    atexit(clean_up);
    return dir;
}

static unsigned run(struct pf_mgmt_request request, const char *body, size_t len)
{
    static const char *const codecs[] = {"h264", NULL};
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    pf_pairing_init(&pairing);
    pf_knocks_init(&knocks);
    folder();
    const struct pf_mgmt_host host = {.version = "0",
        .hostname = "h",
        .uniqueid = "u",
        .local_ip = "127.0.0.1",
        .codecs = codecs,
        .config_dir = folder(),
        .events = events,
        .logs = logs,
        .recorder = &recorder,
        .library = library,
        .pairing = &pairing,
        .knocks = &knocks,
        .status = no_status,
        .request_idr = no_idr,
        .stop_sessions = no_stop,
        .displays = no_displays,
        .release_display = release_none,
        .compositors = no_compositors};
    struct exchange x = {
        .call = {.host = &host, .token = "secret", .request = request, .answered = on_answered}};
    if (pf_mgmt_call_begin(&x.call))
        pf_mgmt_call_finish(&x.call, body, len);
    FUZZ_ASSERT(x.answers == 1);
    unsigned status = x.call.response.status;
    FUZZ_ASSERT(status >= 200 && status < 500);
    FUZZ_ASSERT((status == 405) == (x.call.response.allow[0] != 0));
    FUZZ_ASSERT(status < 400 || status == 404 || status == 405 || x.call.response.json);
    if (x.call.response.stream) {
        char text[64];
        FUZZ_ASSERT(pf_mgmt_stream_read(x.call.response.stream, text, sizeof(text)) > 0);
    }
    pf_mgmt_stream_close(x.call.response.stream);
    json_decref(x.call.response.json);
    free(x.call.response.data);
    pf_mgmt_call_clear(&x.call);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *lines[3], *at = text;
    memcpy(text, data, size);
    text[size] = 0;
    for (int i = 0; i < 3; i++) {
        lines[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = 0;
    }
    size_t len = size - (size_t)(at - text);
    char *question = strchr(lines[1], '?');
    if (question)
        *question++ = 0;
    struct pf_mgmt_request request = {.query = question,
        .method = lines[0],
        .path = lines[1],
        .content_type = lines[2],
        .host = "127.0.0.1:47990"};
    unsigned status = run(request, at, len);
    bool open = strcmp(request.path, PF_MGMT_BASE_PATH "/health") == 0 ||
                strcmp(request.path, PF_MGMT_BASE_PATH "/openapi.json") == 0 ||
                strcmp(request.path, "/api/docs") == 0;
    FUZZ_ASSERT(open || status == 401 || status == 404);

    /* The store of paired devices does file I/O and is left out: so is the one operation that needs it. */
    bool remote = strstr(request.path, "/library/art/steam"); /* may ask Steam's servers */
    if (!strstr(request.path, "/native/clients/") && !remote) {
        request.peer_is_loopback = true;
        request.authorization = "Bearer secret";
        status = run(request, at, len);
        FUZZ_ASSERT(status != 401);
    }
    free(text);
    return 0;
}
