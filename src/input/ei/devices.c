#include "input/ei/devices.h"

#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SCOPE      "input"
#define CONNECT_NS (8 * PF_NS_PER_S) /* for the server to accept us */
#define RESUME_NS  (5 * PF_NS_PER_S) /* from then on, for a device that can be used */
#define OTHERS_NS  (1 * PF_NS_PER_S) /* from then on, for devices for all else that the seats have */

static const enum ei_device_capability capabilities[] = {EI_DEVICE_CAP_POINTER,
    EI_DEVICE_CAP_POINTER_ABSOLUTE, EI_DEVICE_CAP_KEYBOARD, EI_DEVICE_CAP_TOUCH, EI_DEVICE_CAP_SCROLL,
    EI_DEVICE_CAP_BUTTON};

#define CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

static void log_line(
    struct ei *ei, enum ei_log_priority priority, const char *text, struct ei_log_context *context)
{
    pf_log(priority >= EI_LOG_PRIORITY_WARNING ? PF_LOG_INFO : PF_LOG_DEBUG, SCOPE, "libei: %s", text);
}

/* ---- devices --------------------------------------------------------------------------------------------
 */

static int index_of(const struct pf_ei_devices *d, const struct ei_device *handle)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->device[i].handle == handle)
            return (int)i;
    return -1;
}

static void add(struct pf_ei_devices *d, struct ei_device *handle)
{
    if (d->count == PF_EI_DEVICES || index_of(d, handle) >= 0)
        return;
    d->device[d->count].handle = ei_device_ref(handle);
    d->device[d->count++].resumed = false;
    pf_log_debug(SCOPE, "the desktop lends a device name=\"%s\"", ei_device_get_name(handle));
}

static void set_resumed(struct pf_ei_devices *d, struct ei_device *handle, bool resumed)
{
    int i = index_of(d, handle);
    if (i < 0 || d->device[i].resumed == resumed)
        return;
    d->device[i].resumed = resumed;
    pf_log_debug(
        SCOPE, "a device %s name=\"%s\"", resumed ? "can be used" : "rests", ei_device_get_name(handle));
    if (resumed)
        ei_device_start_emulating(handle, ++d->sequence);
    for (size_t c = 0; !resumed && d->lost && c < CAPABILITIES; c++)
        if (ei_device_has_capability(handle, capabilities[c]))
            d->lost(d->user, capabilities[c]);
}

static void drop(struct pf_ei_devices *d, struct ei_device *handle)
{
    set_resumed(d, handle, false);
    int i = index_of(d, handle);
    if (i < 0)
        return;
    ei_device_unref(handle);
    memmove(&d->device[i], &d->device[i + 1], (d->count - (unsigned)i - 1) * sizeof(d->device[0]));
    d->count--;
}

/* What the seat does not have is ignored. */
static void bind_seat(struct pf_ei_devices *d, struct ei_seat *seat)
{
    for (size_t c = 0; c < CAPABILITIES; c++)
        if (ei_seat_has_capability(seat, capabilities[c]))
            d->offered |= (unsigned)capabilities[c];
    ei_seat_bind_capabilities(seat, EI_DEVICE_CAP_POINTER, EI_DEVICE_CAP_POINTER_ABSOLUTE,
        EI_DEVICE_CAP_KEYBOARD, EI_DEVICE_CAP_TOUCH, EI_DEVICE_CAP_SCROLL, EI_DEVICE_CAP_BUTTON, NULL);
}

static void handle(struct pf_ei_devices *d, struct ei_event *event)
{
    struct ei_device *device = ei_event_get_device(event);
    switch (ei_event_get_type(event)) {
    case EI_EVENT_CONNECT:
        d->connected = true;
        break;
    case EI_EVENT_DISCONNECT:
        d->ended = true;
        break;
    case EI_EVENT_SEAT_ADDED:
        bind_seat(d, ei_event_get_seat(event));
        break;
    case EI_EVENT_DEVICE_ADDED:
        add(d, device);
        break;
    case EI_EVENT_DEVICE_REMOVED:
        drop(d, device);
        break;
    case EI_EVENT_DEVICE_PAUSED:
        set_resumed(d, device, false);
        break;
    case EI_EVENT_DEVICE_RESUMED:
        set_resumed(d, device, true);
        break;
    default:
        break;
    }
}

/* libei 1.3.901 falls over a server that hangs up before it has accepted us, and over being freed then. So it
 * gets to see neither: it begins when the server has greeted, does not look at one that has gone, and is left
 * as it is then, without its descriptors. */
static bool has_hung_up(const struct pf_ei_devices *d)
{
    struct pollfd p = {.fd = d->connected ? -1 : d->socket, .events = POLLRDHUP};
    return poll(&p, 1, 0) > 0;
}

static void abandon(struct pf_ei_devices *d)
{
    close(ei_get_fd(d->ei));
    close(d->socket);
}

int pf_ei_devices_dispatch(struct pf_ei_devices *d)
{
    struct ei_event *event;
    if (has_hung_up(d))
        return -ECONNRESET;
    ei_dispatch(d->ei);
    while ((event = ei_get_event(d->ei))) {
        handle(d, event);
        ei_event_unref(event);
    }
    return d->ended ? -ECONNRESET : 0;
}

struct ei_device *pf_ei_devices_find(const struct pf_ei_devices *d, enum ei_device_capability capability)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->device[i].resumed && ei_device_has_capability(d->device[i].handle, capability))
            return d->device[i].handle;
    return NULL;
}

static size_t regions_of(struct ei_device *device, struct pf_ei_region ret_regions[PF_EI_REGIONS])
{
    struct ei_region *r;
    size_t n = 0;
    while (n < PF_EI_REGIONS && (r = ei_device_get_region(device, n)))
        ret_regions[n++] = (struct pf_ei_region){ei_region_get_x(r), ei_region_get_y(r),
            ei_region_get_width(r), ei_region_get_height(r), ei_region_get_mapping_id(r)};
    return n;
}

static unsigned best_fit(const struct pf_ei_region *regions, size_t count, const struct pf_ei_place *place)
{
    unsigned best = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned fit = pf_ei_region_fit(&regions[i], place);
        best = fit > best ? fit : best;
    }
    return best;
}

/* A desktop may have a device for all its monitors and one for each cast. */
struct ei_device *pf_ei_devices_find_area(const struct pf_ei_devices *d, enum ei_device_capability capability,
    const struct pf_ei_place *place, struct pf_area *ret_area)
{
    struct ei_device *found = NULL;
    unsigned best = 0;
    for (unsigned i = 0; i < d->count; i++) {
        struct pf_ei_region regions[PF_EI_REGIONS];
        if (!d->device[i].resumed || !ei_device_has_capability(d->device[i].handle, capability))
            continue;
        size_t n = regions_of(d->device[i].handle, regions);
        unsigned fit = best_fit(regions, n, place);
        if (found && fit <= best)
            continue;
        found = d->device[i].handle;
        best = fit;
        *ret_area = pf_ei_region_choose(regions, n, place);
    }
    return found;
}

void pf_ei_devices_frame(const struct pf_ei_devices *d, struct ei_device *device)
{
    ei_device_frame(device, ei_now(d->ei));
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static bool any_resumed(const struct pf_ei_devices *d)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->device[i].resumed)
            return true;
    return false;
}

/* Dispatches until something is said, or `ms` have passed. */
static int listen(struct pf_ei_devices *d, int ms)
{
    struct pollfd p = {.fd = ei_get_fd(d->ei), .events = POLLIN};
    poll(&p, 1, ms);
    return pf_ei_devices_dispatch(d);
}

/* The seats' devices come one by one: a press must not be lost because its device is not there yet. */
static bool all_resumed(const struct pf_ei_devices *d)
{
    for (size_t c = 0; c < CAPABILITIES; c++)
        if (d->offered & (unsigned)capabilities[c] && !pf_ei_devices_find(d, capabilities[c]))
            return false;
    return true;
}

static int await_first(struct pf_ei_devices *d, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + CONNECT_NS;
    bool was_connected = false;
    while (!any_resumed(d)) {
        uint64_t now = pf_time_mono_ns();
        if (d->connected && !was_connected)
            deadline = now + RESUME_NS;
        was_connected = d->connected;
        if (now >= deadline)
            return pf_error_set(err, -ETIMEDOUT,
                d->connected ? "the input socket lends no device that can be used"
                             : "the input socket does not answer");
        if (listen(d, (int)((deadline - now) / PF_NS_PER_MS) + 1) < 0)
            return pf_error_set(err, -ECONNREFUSED, "the input socket refused us");
    }
    return 0;
}

/* A server need not lend all that its seats could have. */
static int await_devices(struct pf_ei_devices *d, struct pf_error *err)
{
    int rc = await_first(d, err);
    uint64_t now = pf_time_mono_ns(), deadline = now + OTHERS_NS;
    for (; rc == 0 && !all_resumed(d) && now < deadline; now = pf_time_mono_ns())
        if (listen(d, (int)((deadline - now) / PF_NS_PER_MS) + 1) < 0)
            rc = pf_error_set(err, -ECONNRESET, "the input socket hung up");
    return rc;
}

/* The server speaks first. */
static int await_greeting(int fd, struct pf_error *err)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
    if (poll(&p, 1, (int)(CONNECT_NS / PF_NS_PER_MS)) <= 0)
        return pf_error_set(err, -ETIMEDOUT, "the input socket does not answer");
    return p.revents == POLLIN ? 0 : pf_error_set(err, -ECONNREFUSED, "the input socket refused us");
}

int pf_ei_devices_init(struct pf_ei_devices *d, int fd, struct pf_error *err)
{
    int rc = await_greeting(fd, err);
    d->socket = -1;
    if (rc < 0) {
        close(fd);
        return rc;
    }
    d->ei = ei_new_sender(NULL);
    if (!d->ei) {
        close(fd);
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    }
    ei_log_set_handler(d->ei, log_line);
    ei_log_set_priority(d->ei, EI_LOG_PRIORITY_INFO);
    ei_configure_name(d->ei, "punktfunk-host");
    rc = ei_setup_backend_fd(d->ei, fd); /* the descriptor is libei's from here on */
    d->socket = rc < 0 ? -1 : fd;
    if (rc < 0)
        return pf_error_set(err, rc, "the input socket could not be used: %s", strerror(-rc));
    return await_devices(d, err);
}

void pf_ei_devices_finish(struct pf_ei_devices *d)
{
    d->lost = NULL;
    for (unsigned i = 0; i < d->count; i++) {
        if (d->device[i].resumed && !d->ended)
            ei_device_stop_emulating(d->device[i].handle);
        ei_device_unref(d->device[i].handle);
    }
    d->count = 0;
    if (d->ei && d->socket >= 0 && !d->connected && !d->ended)
        abandon(d);
    else if (d->ei)
        ei_unref(d->ei);
    d->ei = NULL;
}
