#include "net/wake.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list {
    char (*macs)[PF_ADVERT_MAC_SIZE];
    size_t count;
};

/* First line of <sysfs>/<name>/<file>; false if there is none. */
static bool read_line(const char *sysfs, const char *name, const char *file, char *out, size_t size)
{
    char path[512], *text;
    size_t len;
    if (snprintf(path, sizeof(path), "%s/%s/%s", sysfs, name, file) >= (int)sizeof(path) ||
        pf_file_read(path, 4096, &text, &len) < 0)
        return false;
    snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
    return true;
}

static bool is_hardware(const char *sysfs, const char *name)
{
    char path[512];
    int n = snprintf(path, sizeof(path), "%s/%s/device", sysfs, name);
    return n < (int)sizeof(path) && access(path, F_OK) == 0;
}

static bool read_address(const char *sysfs, const char *name, char ret[PF_ADVERT_MAC_SIZE])
{
    char type[16], text[64];
    unsigned b[6];
    int end = 0;
    if (!read_line(sysfs, name, "type", type, sizeof(type)) || atoi(type) != ARPHRD_ETHER ||
        !read_line(sysfs, name, "address", text, sizeof(text)))
        return false;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != 6 ||
        text[end] || !(b[0] | b[1] | b[2] | b[3] | b[4] | b[5]))
        return false;
    snprintf(ret, PF_ADVERT_MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[0] & 0xFF, b[1] & 0xFF, b[2] & 0xFF,
        b[3] & 0xFF, b[4] & 0xFF, b[5] & 0xFF);
    return true;
}

static void add(struct list *l, const char *sysfs, const char *name)
{
    char mac[PF_ADVERT_MAC_SIZE];
    if (l->count == PF_ADVERT_MACS || !read_address(sysfs, name, mac))
        return;
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->macs[i], mac) == 0)
            return;
    memcpy(l->macs[l->count++], mac, sizeof(mac));
}

size_t pf_wake_addresses(
    const char *sysfs, const char *routed, char ret_macs[PF_ADVERT_MACS][PF_ADVERT_MAC_SIZE])
{
    struct list l = {.macs = ret_macs};
    struct dirent **entries;
    memset(ret_macs, 0, sizeof(ret_macs[0]) * PF_ADVERT_MACS);
    if (routed && *routed && !strchr(routed, '/'))
        add(&l, sysfs, routed);
    int n = scandir(sysfs, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.' && is_hardware(sysfs, entries[i]->d_name))
            add(&l, sysfs, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return l.count;
}

void pf_wake_interface_of(const char *ip, char *ret_name, size_t size)
{
    struct in_addr wanted;
    struct ifaddrs *list;
    *ret_name = 0;
    if (inet_pton(AF_INET, ip, &wanted) != 1 || getifaddrs(&list) < 0)
        return;
    for (struct ifaddrs *a = list; a; a = a->ifa_next) {
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
            continue;
        if (((struct sockaddr_in *)a->ifa_addr)->sin_addr.s_addr == wanted.s_addr) {
            snprintf(ret_name, size, "%s", a->ifa_name);
            break;
        }
    }
    freeifaddrs(list);
}
