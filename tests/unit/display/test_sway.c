/* The sway back end's parts that need no sway: lists, and the protocol against a scripted peer. */
#include "display/wlroots/sway_ipc.h"
#include "display/wlroots/sway_outputs.h"
#include "display/wlroots/topology.h"
#include "display/wlroots/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* -- Lists --------------------------------------------------------------------------------------------- */

static struct pf_sway_outputs parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    struct pf_sway_outputs outputs;
    assert_int_equal(pf_sway_outputs_parse(json, &outputs), 0);
    json_decref(json);
    return outputs;
}

static void windows_are_found(void **state)
{
    struct pf_sway_window w[4];
    json_t *tree = json_loads(
        "{\"type\":\"root\",\"name\":\"root\",\"nodes\":["
        "{\"type\":\"output\",\"name\":\"DP-1\",\"nodes\":[{\"type\":\"workspace\",\"name\":\"1\",\"nodes\":["
        "{\"type\":\"con\",\"id\":5,\"pid\":77,\"name\":null},{\"type\":\"con\",\"id\":6,\"nodes\":["
        "{\"type\":\"con\",\"id\":7,\"pid\":78}]}],\"floating_nodes\":[{\"id\":8,\"pid\":79}]}]},"
        "{\"type\":\"output\",\"name\":\"HEADLESS-2\",\"nodes\":[{\"id\":9,\"pid\":80},{\"id\":10,\"pid\":0},"
        "{\"id\":11,\"pid\":\"x\"},3,null]}]}",
        0, NULL);
    assert_non_null(tree);
    assert_int_equal(pf_sway_windows(tree, w, 4), 4);
    assert_int_equal(w[0].id, 5);
    assert_int_equal(w[1].pid, 78);
    assert_int_equal(w[2].id, 8);
    assert_string_equal(w[2].output, "DP-1");
    assert_int_equal(w[3].pid, 80);
    assert_string_equal(w[3].output, "HEADLESS-2");
    assert_int_equal(pf_sway_windows(tree, w, 2), 2);
    json_decref(tree);
    assert_int_equal(pf_sway_windows(NULL, w, 4), 0);
}

static void outputs_are_read(void **state)
{
    struct pf_sway_outputs outputs =
        parse("[{\"name\":\"DP-1\",\"active\":true,\"focused\":true,\"rect\":{\"x\":-1920,\"y\":5},"
              "\"current_mode\":{\"width\":1920,\"height\":1080,\"refresh\":59940,\"picture_aspect_ratio\":"
              "\"none\"}},"
              "{\"name\":\"DP-2\",\"active\":false,\"current_mode\":null},"
              "{\"name\":\"\",\"active\":true},{\"active\":true},42,{\"name\":7},"
              "{\"name\":\"HEADLESS-3\",\"active\":true,\"current_mode\":{\"width\":-5,\"height\":1e3,"
              "\"refresh\":0}}]");
    assert_int_equal(outputs.count, 3);
    const struct pf_sway_output *dp1 = pf_sway_outputs_find(&outputs, "DP-1");
    assert_true(dp1->active && dp1->focused);
    assert_int_equal(dp1->mode.width, 1920);
    assert_int_equal(dp1->mode.height, 1080);
    assert_int_equal(dp1->mode.refresh_mhz, 59940);
    assert_int_equal(dp1->x, -1920);
    assert_int_equal(dp1->y, 5);
    assert_false(pf_sway_outputs_find(&outputs, "DP-2")->active);
    const struct pf_sway_output *odd = pf_sway_outputs_find(&outputs, "HEADLESS-3");
    assert_int_equal(odd->mode.width, 0);
    assert_int_equal(odd->mode.height, 0);
    assert_null(pf_sway_outputs_find(&outputs, "DP-3"));
}

static void arrangements_are_read(void **state)
{
    struct pf_sway_outputs outputs = parse(
        "[{\"name\":\"DP-1\",\"active\":true,\"scale\":1.5,\"transform\":\"90\",\"current_mode\":{\"width\":"
        "1920,"
        "\"height\":1080,\"refresh\":60000},\"modes\":[{\"width\":640,\"height\":480,\"refresh\":60000},"
        "{\"width\":1920,\"height\":1080,\"refresh\":60000}]},"
        "{\"name\":\"DP-2\",\"active\":true,\"focused\":true,\"scale\":-3,\"transform\":\"much-too-long-a-"
        "word\","
        "\"current_mode\":{\"width\":1920,\"height\":1080,\"refresh\":60001},\"modes\":[{\"width\":1920,"
        "\"height\":1080,\"refresh\":60000}]},"
        "{\"name\":\"DP-3\",\"active\":false,\"scale\":2,\"transform\":\"90\"}]");
    assert_true(outputs.item[0].listed_mode);
    assert_true(outputs.item[0].scale == 1.5);
    assert_string_equal(outputs.item[0].transform, "90");
    assert_false(outputs.item[1].listed_mode);
    assert_true(outputs.item[1].scale == 0);
    assert_string_equal(outputs.item[1].transform, "");
    assert_true(outputs.item[2].scale == 0);
    assert_string_equal(pf_sway_outputs_focused(&outputs)->name, "DP-2");
}

static void mode_words(void **state)
{
    char words[64];
    pf_sway_mode_words(&(struct pf_mode){1920, 1080, 59940}, true, words);
    assert_string_equal(words, "mode --custom 1920x1080@59.9403Hz");
    pf_sway_mode_words(&(struct pf_mode){1280, 720, 0}, false, words);
    assert_string_equal(words, "mode 1280x720");
}

static void nonsense_is_no_list(void **state)
{
    json_t *json = json_loads("{\"success\":true}", 0, NULL);
    struct pf_sway_outputs outputs = {.count = 9};
    assert_int_equal(pf_sway_outputs_parse(json, &outputs), -EPROTO);
    assert_int_equal(outputs.count, 9);
    json_decref(json);
}

static void more_outputs_than_fit_are_cut(void **state)
{
    json_t *list = json_array();
    for (int i = 0; i < PF_SWAY_OUTPUTS_MAX + 5; i++) {
        char name[20];
        snprintf(name, sizeof(name), "HEADLESS-%d", i + 1);
        json_array_append_new(list, json_pack("{s:s}", "name", name));
    }
    struct pf_sway_outputs outputs;
    assert_int_equal(pf_sway_outputs_parse(list, &outputs), 0);
    assert_int_equal(outputs.count, PF_SWAY_OUTPUTS_MAX);
    json_decref(list);
}

static void headless_numbers(void **state)
{
    assert_int_equal(pf_sway_headless_number("HEADLESS-12"), 12);
    assert_int_equal(pf_sway_headless_number("HEADLESS-"), 0);
    assert_int_equal(pf_sway_headless_number("HEADLESS-1x"), 0);
    assert_int_equal(pf_sway_headless_number("HEADLESS--1"), 0);
    assert_int_equal(pf_sway_headless_number("HEADLESS-99999999999999999999"), 0);
    assert_int_equal(pf_sway_headless_number("DP-1"), 0);
}

static void the_new_output_is_found(void **state)
{
    struct pf_sway_outputs before = parse("[{\"name\":\"HEADLESS-1\"},{\"name\":\"DP-1\"}]");
    struct pf_sway_outputs now = parse("[{\"name\":\"HEADLESS-10\"},{\"name\":\"DP-2\"},{\"name\":\"HEADLESS-"
                                       "9\"},{\"name\":\"HEADLESS-1\"}]");
    assert_string_equal(pf_sway_outputs_new(&before, &now)->name, "HEADLESS-9");
    assert_null(pf_sway_outputs_new(&now, &now));
    struct pf_sway_outputs plugged = parse("[{\"name\":\"HEADLESS-1\"},{\"name\":\"DP-7\"}]");
    assert_null(pf_sway_outputs_new(&before, &plugged)); /* somebody plugged a monitor in meanwhile */
}

/* -- Folder ------------------------------------------------------------------------------------------- */

static char folder[40];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/pf-sway-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[80];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* -- Protocol ------------------------------------------------------------------------------------------ */

/* Plays sway on one end of a socket pair: swallows a request, sends the given bytes, closes. */
struct peer {
    int fd;
    const uint8_t *answer;
    size_t len;
    char request[256];
};

static void *play(void *arg)
{
    struct peer *p = arg;
    ssize_t n = recv(p->fd, p->request, 14, MSG_WAITALL);
    uint32_t len = 0;
    if (n == 14)
        memcpy(&len, p->request + 6, 4);
    if (len && len < 200)
        recv(p->fd, p->request + 14, len, MSG_WAITALL);
    for (size_t i = 0; i < p->len; i++) /* one byte at a time: the reader must put them together */
        if (send(p->fd, p->answer + i, 1, MSG_NOSIGNAL) != 1)
            break;
    close(p->fd);
    return NULL;
}

static int command_against(const void *answer, size_t len, struct pf_error *err, char *ret_request)
{
    int fds[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    struct peer peer = {.fd = fds[1], .answer = answer, .len = len};
    assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0); /* the peer may block */
    assert_int_equal(pthread_create(&thread, NULL, play, &peer), 0);
    int rc = pf_sway_command(fds[0], err, "output %s enable", "HEADLESS-2");
    pthread_join(thread, NULL);
    close(fds[0]);
    if (ret_request)
        memcpy(ret_request, peer.request, sizeof(peer.request));
    return rc;
}

static int command_answered(const char *json, struct pf_error *err, char *ret_request)
{
    uint8_t answer[300] = "i3-ipc";
    uint32_t len = (uint32_t)strlen(json);
    memcpy(answer + 6, &len, 4);
    memcpy(answer + 14, json, len);
    return command_against(answer, 14 + len, err, ret_request);
}

static void commands_and_their_answers(void **state)
{
    struct pf_error err;
    char request[256];
    assert_int_equal(command_answered("[{\"success\":true}]", &err, request), 0);
    assert_memory_equal(request, "i3-ipc\x18\0\0\0\0\0\0\0output HEADLESS-2 enable", 38);

    assert_int_equal(
        command_answered("[{\"success\":true},{\"success\":false,\"error\":\"no such luck\"}]", &err, NULL),
        -EREMOTEIO);
    assert_non_null(strstr(err.text, "no such luck"));
    assert_int_equal(
        command_answered("[{\"success\":false,\"parse_error\":true,\"error\":\"Invalid\"}]", &err, NULL),
        -ENOTSUP);
    assert_int_equal(command_answered("[{\"success\":false}]", &err, NULL), -EREMOTEIO);
    assert_int_equal(command_answered("[]", &err, NULL), -EPROTO);
    assert_int_equal(command_answered("{}", &err, NULL), -EPROTO);
    assert_int_equal(command_answered("[7]", &err, NULL), -EREMOTEIO);
}

static void broken_peers(void **state)
{
    struct pf_error err;
    assert_int_equal(command_against("", 0, &err, NULL), -EPIPE);
    assert_int_equal(command_against("i3-ipc\x05\0\0\0\0\0\0\0[", 15, &err, NULL), -EPIPE);
    assert_int_equal(command_against("i3-ipX\x02\0\0\0\0\0\0\0[]", 16, &err, NULL), -EPROTO);
    assert_int_equal(command_against("i3-ipc\x02\0\0\0\7\0\0\0[]", 16, &err, NULL), -EPROTO);
    assert_int_equal(command_against("i3-ipc\xff\xff\xff\xff\0\0\0\0", 14, &err, NULL), -EPROTO);
    assert_int_equal(command_against("i3-ipc\x03\0\0\0\0\0\0\0[{]", 17, &err, NULL), -EPROTO);
}

static void connecting(void **state)
{
    struct pf_error err;
    char path[80];
    assert_int_equal(pf_sway_connect("", &err), -ENOENT);
    assert_non_null(strstr(err.text, "SWAYSOCK"));
    snprintf(path, sizeof(path), "%s/none", folder);
    assert_int_equal(pf_sway_connect(path, &err), -ENOENT);

    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/dead", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(fd);
    assert_int_equal(pf_sway_connect(addr.sun_path, &err), -ECONNREFUSED);
    assert_non_null(strstr(err.text, "sway has ended"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_found),
        cmocka_unit_test(outputs_are_read),
        cmocka_unit_test(nonsense_is_no_list),
        cmocka_unit_test(more_outputs_than_fit_are_cut),
        cmocka_unit_test(headless_numbers),
        cmocka_unit_test(the_new_output_is_found),
        cmocka_unit_test(arrangements_are_read),
        cmocka_unit_test(mode_words),
        cmocka_unit_test(commands_and_their_answers),
        cmocka_unit_test(broken_peers),
        T(connecting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
