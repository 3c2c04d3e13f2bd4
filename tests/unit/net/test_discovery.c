/* Announcing and finding, for real, in a network of our own that has the loopback interface only. */
#include "net/browser.h"
#include "net/discovery.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED    77 /* for Meson */
#define ATTEMPTS   20
#define ATTEMPT_MS 1000

static struct pf_found_host found[PF_BROWSER_MAX];

static const struct pf_found_host *look(const char *name)
{
    size_t count = 0;
    struct pf_error err;
    if (pf_browse(ATTEMPT_MS, found, &count, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        if (strcmp(found[i].advert.name, name) == 0)
            return &found[i];
    return NULL;
}

/* The host with this name once its TXT record has this management port. */
static const struct pf_found_host *find(const char *name, uint16_t mgmt_port)
{
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        const struct pf_found_host *h = look(name);
        if (h && h->advert.mgmt_port == mgmt_port)
            return h;
    }
    fail_msg("\"%s\" does not appear", name);
    return NULL;
}

static struct pf_advert example(void)
{
    return (struct pf_advert){
        .name = "Living Room", .host = "den.lan", .port = 9777, .mgmt_port = 47990, .id = "me"};
}

static struct pf_discovery *announce(const struct pf_advert *a)
{
    struct pf_discovery *d = NULL;
    struct pf_error err;
    if (pf_discovery_start(a, &d, &err) < 0)
        fail_msg("%s", err.text);
    return d;
}

static void is_found_changed_and_gone(void **state)
{
    struct pf_advert a = example();
    struct pf_discovery *d = announce(&a);
    const struct pf_found_host *h = find("Living Room", 47990);
    assert_string_equal(h->advert.host, "den.local");
    assert_string_equal(h->advert.id, "me");
    assert_false(h->advert.pairing_required);
    assert_int_equal(h->address.ss_family, AF_INET);
    assert_int_equal(pf_address_port((const struct sockaddr *)&h->address), 9777);

    a.mgmt_port = 1;
    a.pairing_required = true;
    pf_discovery_update(d, &a);
    assert_true(find("Living Room", 1)->advert.pairing_required);

    a.port = 9778;
    a.mgmt_port = 2;
    pf_discovery_update(d, &a);
    assert_int_equal(find("Living Room", 2)->advert.port, 9778);

    strcpy(a.name, "Attic");
    pf_discovery_update(d, &a);
    find("Attic", 2);
    assert_null(look("Living Room"));

    pf_discovery_stop(d);
    assert_null(look("Attic"));
}

static void second_of_a_name_is_renamed(void **state)
{
    struct pf_advert a = example(), b = example();
    b.port = 9778;
    struct pf_discovery *first = announce(&a);
    find("Living Room", 47990);
    struct pf_discovery *second = announce(&b);
    unsigned ports = find("Living Room #2", 47990)->advert.port;
    ports += find("Living Room", 47990)->advert.port;
    assert_int_equal(ports, 9777 + 9778); /* whichever gave way */
    pf_discovery_stop(first);
    pf_discovery_stop(second);
}

static void may_stop_at_once(void **state)
{
    const struct pf_advert a = example();
    struct pf_discovery *d = announce(&a);
    pf_discovery_update(d, &a);
    pf_discovery_stop(d);
    pf_discovery_stop(NULL);
    assert_null(look("Living Room"));
    d = announce(&a); /* nothing of the first is left that would take its name */
    find("Living Room", 47990);
    assert_null(look("Living Room #2"));
    pf_discovery_stop(d);
}

static int enter_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return -errno;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = ioctl(fd, SIOCSIFFLAGS, &lo) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

int main(void)
{
    int rc = enter_network();
    if (rc < 0) {
        printf("1..0 # SKIP no network of our own can be made here: %s\n", strerror(-rc));
        return SKIPPED;
    }
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1); /* the machine's own daemon stays out */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_changed_and_gone),
        cmocka_unit_test(second_of_a_name_is_renamed),
        cmocka_unit_test(may_stop_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
