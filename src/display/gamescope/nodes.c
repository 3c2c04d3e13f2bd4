#include "display/gamescope/nodes.h"

#include "display/gamescope/scan.h"
#include "pipewire/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME        "gamescope"
#define NODES_MAX   64u
#define CLIENTS_MAX 256u

struct node {
    uint32_t id, client;
    bool exact;
};

struct client {
    uint32_t id;
    pid_t pid;
};

struct listing {
    struct node node[NODES_MAX];
    struct client client[CLIENTS_MAX];
    unsigned nodes, clients;
};

static uint32_t number(const char *text)
{
    return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static void note_node(struct listing *l, uint32_t id, const struct spa_dict *props)
{
    const char *class = spa_dict_lookup(props, PW_KEY_MEDIA_CLASS);
    const char *name = spa_dict_lookup(props, PW_KEY_NODE_NAME);
    if (!class || strcmp(class, "Video/Source") != 0 || !name || !strstr(name, NAME) || l->nodes == NODES_MAX)
        return;
    l->node[l->nodes++] = (struct node){
        .id = id, .client = number(spa_dict_lookup(props, PW_KEY_CLIENT_ID)), .exact = !strcmp(name, NAME)};
}

static void note_client(struct listing *l, uint32_t id, const struct spa_dict *props)
{
    if (l->clients < CLIENTS_MAX)
        l->client[l->clients++] =
            (struct client){.id = id, .pid = (pid_t)number(spa_dict_lookup(props, PW_KEY_SEC_PID))};
}

static void global(void *user, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
    const struct spa_dict *props)
{
    struct listing *l = user;
    if (props && !strcmp(type, PW_TYPE_INTERFACE_Node))
        note_node(l, id, props);
    else if (props && !strcmp(type, PW_TYPE_INTERFACE_Client))
        note_client(l, id, props);
}

static const struct pw_registry_events events = {PW_VERSION_REGISTRY_EVENTS, .global = global};

/* Locked. */
static int list(struct pf_pw_connection *c, struct listing *l)
{
    struct pw_registry *registry = pw_core_get_registry(c->core, PW_VERSION_REGISTRY, 0);
    struct spa_hook hook;
    if (!registry)
        return -ENOMEM;
    pw_registry_add_listener(registry, &hook, &events, l);
    int rc = pf_pw_roundtrip(c);
    spa_hook_remove(&hook);
    pw_proxy_destroy((struct pw_proxy *)registry);
    return rc;
}

static pid_t owner_of(const struct listing *l, const struct node *node)
{
    for (unsigned i = 0; i < l->clients; i++)
        if (l->client[i].id == node->client)
            return l->client[i].pid;
    return 0;
}

/* 0: it is not meant. The process's own goes before those of what it started: a title may bring its own. */
static unsigned rank(const struct listing *l, const struct node *node, pid_t pid)
{
    pid_t owner = pid ? owner_of(l, node) : 0;
    if (pid && !(owner && pf_gamescope_descends("/proc", owner, pid)))
        return 0;
    return 1 + node->exact + 2 * (pid && owner == pid);
}

static const struct node *choose(const struct listing *l, pid_t pid)
{
    const struct node *found = NULL;
    unsigned best = 0;
    for (unsigned i = 0; i < l->nodes; i++) {
        unsigned this = rank(l, &l->node[i], pid);
        if (this > best)
            found = &l->node[i];
        best = this > best ? this : best;
    }
    return found;
}

int pf_gamescope_node_find(pid_t pid, uint32_t *ret_node, struct pf_error *err)
{
    struct pf_pw_connection connection;
    struct listing *l = calloc(1, sizeof(*l));
    if (!l)
        return pf_error_set(err, -ENOMEM, "out of memory");
    int rc = pf_pw_connect(&connection, "pf-nodes", err);
    if (rc == 0) {
        pf_pw_lock(&connection);
        rc = list(&connection, l);
        pf_pw_unlock(&connection);
        pf_pw_disconnect(&connection);
        const struct node *node = rc == 0 ? choose(l, pid) : NULL;
        if (node)
            *ret_node = node->id;
        else
            rc = pf_error_set(err, rc < 0 ? rc : -ENOENT, "PipeWire has no picture of gamescope");
    }
    free(l);
    return rc;
}
