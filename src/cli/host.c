#include "cli/host.h"

#include "base/args.h"
#include "base/env.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/log_ring.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/endpoint.h"
#include "cli/facts.h"
#include "cli/host_parts.h"
#include "cli/undo.h"
#include "encode/encoder.h"
#include "library/library.h"
#include "mgmt/server.h"
#include "net/address.h"
#include "net/identity.h"
#include "trust/gamestream_store.h"
#include "trust/native_store.h"
#include "trust/token.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE "host"

/* Nothing of the shutdown takes this long unless a compositor or a driver hangs; then the kernel ends us. */
#define SHUTDOWN_LIMIT_S 20u

int pf_host_idle_timeout_from_env(unsigned *ret_ms, struct pf_error *err)
{
    long ms;
    const char *text = pf_env_get("PUNKTFUNK_IDLE_TIMEOUT_MS");
    if (!text)
        return 0;
    if (!pf_parse_long(text, 1000, 3600000, &ms))
        return pf_error_set(err, -EINVAL, "PUNKTFUNK_IDLE_TIMEOUT_MS must be a number from 1000 to 3600000");
    *ret_ms = (unsigned)ms;
    return 0;
}

/* ---- stopping ---- */

void pf_host_part_stopped(struct pf_host *host)
{
    if (!host->native && !host->gamestream)
        pf_loop_stop(host->loop);
}

static void on_native_stopped(void *user)
{
    struct pf_host *host = user;
    host->native = NULL;
    pf_host_part_stopped(host);
}

static void begin_stop(struct pf_host *host)
{
    if (host->stopping)
        return;
    host->stopping = true;
    alarm(SHUTDOWN_LIMIT_S);
    for (unsigned i = 0; i < host->signal_count; i++)
        uv_signal_stop(&host->signals[i]); /* a second Ctrl-C ends the process at once */
    pf_host_stop_discovery(host);
    pf_host_stop_events(host);
    pf_host_stop_console(host);
    pf_mgmt_server_stop(host->server);
    host->server = NULL;
    if (host->gamestream)
        pf_gamestream_stop(host->gamestream);
    if (host->native)
        pf_native_stop(host->native);
}

static void on_signal(uv_signal_t *handle, int number)
{
    pf_log_info(SCOPE, "stopping: %s", number == SIGINT ? "interrupted" : "asked to terminate");
    begin_stop(handle->data);
}

static void on_native_finished(void *user)
{
    pf_log_info(SCOPE, "all sessions that were to be served have ended");
    begin_stop(user);
}

static void on_native_changed(void *user)
{
    pf_host_tell_changed(user);
}

static int watch_signals(struct pf_host *host)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (unsigned i = 0; i < 2; i++) {
        int rc = uv_signal_init(pf_loop_uv(host->loop), &host->signals[i]);
        if (rc < 0)
            return rc;
        host->signals[i].data = host;
        host->signal_count = i + 1;
        rc = uv_signal_start(&host->signals[i], on_signal, numbers[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- starting ---- */

static void on_store_changed(
    void *user, enum pf_native_store_event event, const struct pf_native_client *client)
{
    struct pf_host *host = user;
    pf_log_info(SCOPE, "%s \"%s\"", event == PF_NATIVE_STORE_ADDED ? "paired with" : "removed the pairing of",
        client->name);
    pf_host_tell_client(host, event == PF_NATIVE_STORE_ADDED ? "client.paired" : "client.unpaired",
        client->name, client->fingerprint);
    if (event == PF_NATIVE_STORE_REMOVED && host->native)
        pf_native_cut(host->native, client->fingerprint);
}

/* Two hosts with one folder would overwrite each other's paired devices, and each would take the other's
 * displays for leftovers. */
static int lock_folder(struct pf_host *host, struct pf_error *err)
{
    char *path = pf_path_join(host->dir, "host.lock");
    int rc = pf_file_lock(path, &host->lock);
    free(path);
    if (rc == -EWOULDBLOCK)
        return pf_error_set(err, rc,
            "another host runs with the configuration in %s; stop it, or give this one a folder of its own "
            "with "
            "PUNKTFUNK_CONFIG_DIR",
            host->dir);
    if (rc < 0)
        pf_log_warn(SCOPE, "cannot lock %s (%s): do not run two hosts with it", host->dir, strerror(-rc));
    return 0;
}

/* Everything that is read from, or written to, the configuration folder. */
static int load_state(struct pf_host *host, struct pf_error *err)
{
    host->dir = pf_config_dir();
    int rc = pf_dir_make_private(host->dir, err);
    if (rc == 0)
        rc = lock_folder(host, err);
    if (rc == 0 && pf_journal_open(host->dir, &host->journal) < 0)
        rc = pf_error_set(err, -ENOMEM, "there is no memory");
    if (rc == 0 && host->config->mgmt)
        rc = pf_token_obtain(host->dir, host->config->mgmt_token, &host->token, err);
    if (rc == 0)
        rc = pf_identity_load_host(host->dir, &host->identity, err);
    if (rc == 0)
        rc = pf_uniqueid_load(host->dir, host->uniqueid, err);
    if (rc == 0)
        rc = pf_recorder_init(&host->recorder, host->dir);
    if (rc == 0)
        rc = pf_library_create(host->dir, &host->library);
    if (rc == 0)
        rc = pf_native_store_open(host->dir, &host->store, err);
    if (rc == 0)
        pf_native_store_on_change(host->store, on_store_changed, host);
    return rc < 0 ? rc : pf_host_load_gamestream(host, err);
}

/* Undoes what a host that died left behind; only then can new displays be told from old ones. A service may
 * well start before the desktop does, so a missing compositor is an error only if the caller says so. */
static int recover_desktop(struct pf_host *host, struct pf_error *err)
{
    struct pf_desktop_env env;
    const struct pf_display_backend *backend;
    bool required = host->config->compositor_required;
    int rc = pf_desktop_env_detect(NULL, &env, err);
    if (rc < 0)
        pf_desktop_env_detect_any(NULL, &env);
    if (rc == 0 && env.kind == PF_DESKTOP_NONE)
        rc = pf_error_set(
            err, -ENODEV, "no compositor runs now: start the desktop (Sway, GNOME, Plasma) first");
    if (rc == 0 && required)
        rc = pf_display_choose(&env, NULL, &backend, err);
    if (rc != 0 && !required)
        pf_log_warn(SCOPE, "%s; clients are refused until then", err->text);
    pf_undo_run(host->journal, &env, NULL);
    return required ? rc : 0;
}

/* On a session's thread. */
static void on_session_began(void *user, const struct pf_desktop_env *env)
{
    struct pf_host *host = user;
    pf_undo_session_began(host->journal, env);
}

static int check_encoder(const char *name, struct pf_error *err)
{
    if (pf_encoder_codecs(name))
        return 0;
    return pf_error_set(err, -ENOTSUP,
        "no video encoder '%s' works here; set PUNKTFUNK_ENCODER to auto, x264 or openh264 "
        "(punktfunk-host --version lists what this build has)",
        name);
}

/* Asked at every end of a session, on the stream's thread. */
static struct pf_linger linger(void *user)
{
    const struct pf_host *host = user;
    struct pf_display_policy policy;
    pf_display_policy_load(host->dir, &policy, NULL);
    return policy.linger;
}

/* Where the owner put the display of this slot; asked at every connect. */
static bool position(void *user, unsigned identity_slot, int32_t *ret_x, int32_t *ret_y)
{
    const struct pf_host *host = user;
    struct pf_display_policy policy;
    pf_display_policy_load(host->dir, &policy, NULL);
    if (!policy.manual_layout || identity_slot > PF_IDENTITY_SLOTS || !policy.positions[identity_slot].is_set)
        return false;
    *ret_x = policy.positions[identity_slot].x;
    *ret_y = policy.positions[identity_slot].y;
    return true;
}

/* On any thread. */
static void on_display_event(void *user, enum pf_registry_event event, const struct pf_display_row *row)
{
    struct pf_host *host = user;
    (void)row;
    if (event == PF_DISPLAY_RELEASED && host->launcher)
        pf_launcher_look(host->launcher);
}

static int make_displays(struct pf_host *host, struct pf_error *err)
{
    if (host->config->native.source != PF_SESSION_SOURCE_VIRTUAL)
        return 0;
    int rc = check_encoder(host->config->encoder, err);
    if (rc == 0)
        rc = recover_desktop(host, err);
    if (rc < 0)
        return rc;
    if (pf_display_identities_open(host->dir, &host->identities) < 0 ||
        pf_display_scales_open(host->dir, &host->scales) < 0)
        return pf_error_set(err, -ENOMEM, "cannot prepare virtual displays: there is no memory");
    const struct pf_registry_config config = {.position = position,
        .linger = linger,
        .event = on_display_event,
        .session_began = on_session_began,
        .user = host,
        .journal = host->journal,
        .scales = host->scales};
    rc = pf_registry_create(&config, &host->registry);
    if (rc < 0)
        return pf_error_set(err, rc, "cannot prepare virtual displays: %s", strerror(-rc));
    const struct pf_launcher_config launcher = {.library = host->library, .registry = host->registry};
    rc = pf_launcher_create(&launcher, &host->launcher);
    if (rc < 0)
        return pf_error_set(err, rc, "cannot prepare the start of games: %s", strerror(-rc));
    host->machine = (struct pf_real_machine){.registry = host->registry,
        .encoder = host->config->encoder,
        .config_dir = host->dir,
        .identities = host->identities,
        .launcher = host->launcher};
    return 0;
}

/* A host without audio still streams. */
static void make_audio(struct pf_host *host)
{
    struct pf_error err;
    if (!host->registry || !pf_audio_available())
        return;
    const struct pf_audio_notes notes = pf_undo_audio_notes(host->journal);
    if (pf_audio_create(&notes, &host->audio, &err) < 0)
        pf_log_warn(SCOPE, "sessions have no audio: %s", err.text);
    if (pf_mic_create(&host->mic, &err) < 0)
        pf_log_warn(SCOPE, "sessions have no microphone: %s", err.text);
}

static void arm_pairing(struct pf_host *host)
{
    char pin[5];
    pf_pairing_make_pin(pin);
    const char *chosen = host->config->pairing_pin ? host->config->pairing_pin : pin;
    pf_pairing_arm(&host->pairing, pf_time_boot_ns(), chosen, 0, NULL);
    pf_log_info(SCOPE, "one device may pair with the PIN %s", chosen);
}

static int start_server(struct pf_host *host, struct pf_error *err)
{
    if (!host->config->mgmt)
        return 0;
    const struct pf_mgmt_config config = {.bind = host->config->mgmt_bind,
        .port = host->config->mgmt_port,
        .token = host->token,
        .identity = host->identity,
        .host = &host->api};
    return pf_mgmt_server_start(host->loop, &config, &host->server, err);
}

static int start_native(struct pf_host *host, struct pf_error *err)
{
    const struct pf_native_deps deps = {.identity = host->identity,
        .store = host->store,
        .pairing = &host->pairing,
        .knocks = &host->knocks,
        .machine = host->registry ? &host->machine : NULL,
        .audio = host->audio,
        .mic = host->mic,
        .recorder = host->config->mgmt ? &host->recorder : NULL,
        .seats = &host->seats};
    const struct pf_native_callbacks callbacks = {.user = host,
        .finished = on_native_finished,
        .stopped = on_native_stopped,
        .changed = on_native_changed};
    return pf_native_start(host->loop, &host->config->native, &deps, &callbacks, &host->native, err);
}

/* A host without memory for it still streams. */
static void collect_logs(struct pf_host *host)
{
    host->logs = host->config->mgmt ? pf_log_ring_create() : NULL;
    if (host->logs)
        pf_log_set_sink(pf_log_ring_take, host->logs);
}

static int start(struct pf_host *host, struct pf_error *err)
{
    pf_fact_hostname(host->hostname);
    pf_fact_local_ip(host->local_ip, sizeof(host->local_ip));
    pf_pairing_init(&host->pairing);
    pf_knocks_init(&host->knocks);
    pf_seats_init(&host->seats);
    int rc = load_state(host, err);
    if (rc == 0)
        rc = make_displays(host, err);
    if (rc < 0)
        return rc;
    rc = pf_loop_create(&host->loop);
    if (rc == 0)
        rc = watch_signals(host);
    if (rc < 0)
        return pf_error_set(err, rc, "cannot start the event loop: %s", strerror(-rc));
    make_audio(host);
    pf_host_make_api(host);
    pf_host_make_session_api(host);
    if (pf_host_start_events(host) < 0)
        return pf_error_set(err, -ENOMEM, "cannot start the host: out of memory");
    rc = start_server(host, err);
    if (rc < 0)
        return rc;
    pf_host_start_console(host);
    rc = pf_host_start_gamestream(host, err);
    return rc < 0 ? rc : start_native(host, err);
}

/* True if programs of this machine reach the API through loopback, which administration requires. */
static bool is_on_loopback(const char *bind)
{
    struct sockaddr_storage a;
    if (pf_address_parse(bind, 1, &a, NULL) < 0)
        return false;
    const struct in6_addr *six = &((struct sockaddr_in6 *)&a)->sin6_addr;
    uint32_t four = ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr);
    if (a.ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(six); /* "::" takes IPv4 as well; ::1 alone does not */
    return four == INADDR_ANY || four == INADDR_LOOPBACK;
}

/* Who reads that the host listens may ask it at once, so this comes first. */
static void publish_endpoint(struct pf_host *host)
{
    struct pf_error err;
    if (is_on_loopback(host->config->mgmt_bind) &&
        pf_endpoint_write(host->dir, pf_mgmt_server_port(host->server), &err) < 0)
        pf_log_warn(SCOPE, "%s; other programs may not find the management API", err.text);
}

static void announce_server(struct pf_host *host)
{
    uint16_t port = pf_mgmt_server_port(host->server);
    if (!is_on_loopback(host->config->mgmt_bind)) {
        pf_log_warn(SCOPE,
            "the management API is on %s only; it is administered through 127.0.0.1, so nothing can be "
            "changed, and "
            "no device paired, while this host runs",
            host->config->mgmt_bind);
        return;
    }
    pf_log_info(SCOPE, "management API on https://127.0.0.1:%u", port);
    size_t paired = pf_native_store_count(host->store);
    if (host->config->native.require_pairing)
        pf_log_info(SCOPE, "%zu %s paired; to let another one in: punktfunk-host pair", paired,
            paired == 1 ? "device is" : "devices are");
}

static void announce(struct pf_host *host)
{
    char hex[65];
    pf_hex_encode(pf_identity_fingerprint(host->identity), 32, hex);
    if (host->server)
        publish_endpoint(host);
    pf_log_info(SCOPE, "listening on UDP port %u; clients connect to %s:%u", pf_native_port(host->native),
        host->local_ip, pf_native_port(host->native));
    pf_log_info(SCOPE, "fingerprint %s", hex);
    if (host->server)
        announce_server(host);
    pf_host_announce_console(host);
    if (!host->config->native.require_pairing)
        pf_log_warn(SCOPE, "every device on the network may connect, without pairing");
    if (host->config->arm_at_start)
        arm_pairing(host);
    pf_host_start_discovery(host);
}

/* What is being recorded is not lost because the host ends. */
static void save_recording(struct pf_host *host)
{
    struct pf_error err;
    json_t *meta = NULL;
    int rc = host->recorder.state ? pf_recorder_stop(&host->recorder, &meta, &err) : 0;
    if (rc > 0)
        pf_log_info(SCOPE, "the recording was saved");
    else if (rc < 0)
        pf_log_warn(SCOPE, "the recording is lost: %s", err.text);
    json_decref(meta);
}

/* What start built, in reverse; the front end has stopped. */
static void finish(struct pf_host *host)
{
    pf_host_stop_discovery(host);
    pf_host_stop_events(host);
    pf_host_stop_console(host);
    pf_mgmt_server_stop(host->server);
    for (unsigned i = 0; i < host->signal_count; i++)
        uv_close((uv_handle_t *)&host->signals[i], NULL);
    pf_loop_destroy(host->loop); /* waits for jobs that still use the registry */
    pf_host_titles_destroy(host->titles);
    pf_host_free_events(host);
    save_recording(host);
    pf_recorder_finish(&host->recorder);
    if (host->launcher)
        pf_launcher_stop(host->launcher); /* before the displays, which tell it that they go */
    pf_mic_destroy(host->mic);
    pf_audio_destroy(host->audio);
    pf_registry_destroy(host->registry);
    pf_launcher_destroy(host->launcher);
    pf_library_destroy(host->library);
    pf_display_scales_close(host->scales);
    pf_display_identities_close(host->identities);
    pf_journal_close(host->journal);
    pf_knocks_clear(&host->knocks);
    pf_gamestream_store_destroy(host->gamestream_store);
    pf_native_store_destroy(host->store);
    pf_identity_destroy(host->gamestream_identity);
    pf_identity_destroy(host->identity);
    if (host->token)
        explicit_bzero(host->token, strlen(host->token));
    free(host->token);
    free(host->dir);
    if (host->lock >= 0)
        close(host->lock);
    alarm(0);
}

int pf_host_run(const struct pf_host_config *config)
{
    struct pf_host host = {.config = config, .lock = -1};
    struct pf_error err = {"unknown reason"};
    collect_logs(&host);
    pf_command_log_version();
    int rc = start(&host, &err);
    if (rc < 0) {
        pf_log_error(SCOPE, "%s", err.text);
        begin_stop(&host);
        if (host.gamestream)
            pf_loop_run(host.loop);
    } else {
        announce(&host);
        pf_loop_run(host.loop);
    }
    finish(&host);
    if (rc == 0)
        pf_log_info(SCOPE, "stopped");
    pf_log_set_sink(NULL, NULL);
    pf_log_ring_destroy(host.logs);
    return rc < 0 ? 1 : 0;
}
