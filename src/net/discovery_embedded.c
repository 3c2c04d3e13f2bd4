#include "net/discovery_impl.h"

#include "base/env.h"

#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <string.h>

static void on_group(AvahiServer *server, AvahiSEntryGroup *group, AvahiEntryGroupState state, void *user);

static void give_up(struct pf_discovery *d)
{
    pf_discovery_complain(d, avahi_server_errno(d->server));
    if (d->server_group)
        avahi_s_entry_group_reset(d->server_group);
}

static int add_services(struct pf_discovery *d)
{
    AvahiStringList *txt = pf_discovery_txt(d);
    int rc = avahi_server_add_service_strlst(d->server, d->server_group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
        0, d->name, PF_ADVERT_SERVICE, NULL, NULL, d->advert.port, txt);
    avahi_string_list_free(txt);
    if (rc >= 0 && d->advert.gamestream_port)
        rc = avahi_server_add_service_strlst(d->server, d->server_group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
            0, d->name, PF_ADVERT_GAMESTREAM, NULL, NULL, d->advert.gamestream_port, NULL);
    return rc;
}

static void publish(struct pf_discovery *d)
{
    if (!d->server_group)
        d->server_group = avahi_s_entry_group_new(d->server, on_group, d);
    if (!d->server_group) {
        give_up(d);
        return;
    }
    avahi_s_entry_group_reset(d->server_group);
    if (add_services(d) < 0 || avahi_s_entry_group_commit(d->server_group) < 0)
        give_up(d);
}

static void on_group(AvahiServer *server, AvahiSEntryGroup *group, AvahiEntryGroupState state, void *user)
{
    struct pf_discovery *d = user;
    if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) {
        pf_discovery_established(d, "by its own responder");
    } else if (state == AVAHI_ENTRY_GROUP_COLLISION) {
        pf_discovery_rename(d);
        publish(d);
    } else if (state == AVAHI_ENTRY_GROUP_FAILURE) {
        pf_discovery_complain(d, avahi_server_errno(d->server));
    }
}

/* Another machine has our host name. */
static void rename_machine(struct pf_discovery *d)
{
    char *name = avahi_alternative_host_name(avahi_server_get_host_name(d->server));
    if (!name || avahi_server_set_host_name(d->server, name) < 0)
        give_up(d);
    avahi_free(name);
}

static void on_server(AvahiServer *server, AvahiServerState state, void *user)
{
    struct pf_discovery *d = user;
    d->server = server; /* the first call comes before avahi_server_new returns */
    switch (state) {
    case AVAHI_SERVER_RUNNING:
        publish(d);
        break;
    case AVAHI_SERVER_COLLISION:
        if (d->server_group)
            avahi_s_entry_group_reset(d->server_group);
        rename_machine(d);
        break;
    case AVAHI_SERVER_REGISTERING:
        if (d->server_group)
            avahi_s_entry_group_reset(d->server_group);
        break;
    case AVAHI_SERVER_FAILURE:
        pf_discovery_complain(d, avahi_server_errno(server));
        break;
    case AVAHI_SERVER_INVALID:
        break;
    }
}

void pf_discovery_embedded_open(struct pf_discovery *d)
{
    AvahiServerConfig config;
    char label[PF_ADVERT_NAME_SIZE];
    int error = 0;
    if (d->server)
        return;
    /* The names of machines under .local have one part. */
    strcpy(label, d->advert.host);
    label[strcspn(label, ".")] = 0;
    avahi_server_config_init(&config);
    config.host_name = avahi_strdup(label);
    /* Clients that dial over IPv4 only take any address they are given (punktfunk1-control.md 7). */
    config.use_ipv6 = config.publish_aaaa_on_ipv4 = pf_env_bool("PUNKTFUNK_MDNS_IPV6", false);
    config.publish_hinfo = 0;
    config.publish_workstation = 0;
    config.publish_domain = 0;
    config.enable_wide_area = 0;
    d->server = avahi_server_new(d->poll, &config, on_server, d, &error);
    avahi_server_config_free(&config);
    if (!d->server)
        pf_discovery_complain(d, error);
}

void pf_discovery_embedded_close(struct pf_discovery *d)
{
    if (d->server)
        avahi_server_free(d->server); /* with its group; says goodbye */
    d->server = NULL;
    d->server_group = NULL;
}

void pf_discovery_embedded_update(struct pf_discovery *d, bool all)
{
    if (!d->server || avahi_server_get_state(d->server) != AVAHI_SERVER_RUNNING)
        return; /* what is published later is up to date */
    if (all || !d->server_group || avahi_s_entry_group_is_empty(d->server_group)) {
        publish(d);
        return;
    }
    AvahiStringList *txt = pf_discovery_txt(d);
    if (avahi_server_update_service_txt_strlst(d->server, d->server_group, AVAHI_IF_UNSPEC,
            AVAHI_PROTO_UNSPEC, 0, d->name, PF_ADVERT_SERVICE, NULL, txt) < 0)
        pf_discovery_complain(d, avahi_server_errno(d->server));
    avahi_string_list_free(txt);
}
