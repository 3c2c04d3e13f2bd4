/* The titles of the library as Moonlight clients are told them: a list that a worker makes and the control
 * loop keeps, so that nobody waits for disks. It is made anew when the owner changes his titles, and when
 * somebody asks for one that is older than a few seconds. */
#include "cli/host_parts.h"

#include "base/time.h"
#include "library/launch.h"
#include "library/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_NS (5 * PF_NS_PER_S)

struct pf_host_titles {
    struct pf_library *library;
    struct pf_loop *loop;
    uv_work_t work;
    bool working, again; /* again: something has changed since the worker began */
    uint64_t made_ns;
    struct pf_gs_title *list, *next; /* next: the worker's */
    size_t count, next_count;
};

/* Only what can be started here. False: it is none of those, or a client could not name it. */
static bool take(const json_t *title, const struct pf_launch_facts *facts, struct pf_gs_title *ret)
{
    struct pf_launch_command command;
    const json_t *launch = json_object_get(title, "launch");
    const char *kind = json_string_value(json_object_get(launch, "kind"));
    const char *value = json_string_value(json_object_get(launch, "value"));
    const char *id = json_string_value(json_object_get(title, "id"));
    const char *name = json_string_value(json_object_get(title, "title"));
    if (!kind || !value || !id || !name || strlen(id) >= sizeof(ret->library_id) ||
        pf_launch_command_make(kind, value, facts, &command, NULL) < 0)
        return false;
    snprintf(ret->library_id, sizeof(ret->library_id), "%s", id);
    snprintf(ret->title, sizeof(ret->title), "%.*s", (int)sizeof(ret->title) - 1, name);
    return true;
}

static void make(uv_work_t *work)
{
    struct pf_host_titles *t = work->data;
    const struct pf_launch_facts facts = pf_launch_facts_now();
    json_t *titles = pf_library_titles(t->library), *title;
    size_t i, n = json_array_size(titles);
    n = n < PF_GS_APPS_MAX ? n : PF_GS_APPS_MAX;
    t->next = calloc(n + 1, sizeof(*t->next));
    t->next_count = 0;
    json_array_foreach(titles, i, title)
    {
        if (!t->next || t->next_count == n)
            break;
        t->next_count += take(title, &facts, &t->next[t->next_count]);
    }
    json_decref(titles);
}

static void made(uv_work_t *work, int status)
{
    struct pf_host_titles *t = work->data;
    (void)status;
    t->working = false;
    if (t->next) {
        free(t->list);
        t->list = t->next;
        t->count = t->next_count;
        t->next = NULL;
        t->made_ns = pf_time_mono_ns();
    }
    if (t->again)
        pf_host_titles_look(t);
}

void pf_host_titles_look(struct pf_host_titles *t)
{
    t->again = t->working;
    if (t->working)
        return;
    t->work.data = t;
    t->working = uv_queue_work(pf_loop_uv(t->loop), &t->work, make, made) == 0;
}

size_t pf_host_titles_get(void *titles, struct pf_gs_title *ret, size_t max)
{
    struct pf_host_titles *t = titles;
    size_t n = t->count < max ? t->count : max;
    memcpy(ret, t->list, n * sizeof(*ret));
    if (!t->working && pf_time_mono_ns() - t->made_ns > FRESH_NS)
        pf_host_titles_look(t);
    return n;
}

struct pf_host_titles *pf_host_titles_create(struct pf_loop *loop, struct pf_library *library)
{
    struct pf_host_titles *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->library = library;
    t->loop = loop;
    t->list = calloc(1, sizeof(*t->list));
    if (!t->list) {
        free(t);
        return NULL;
    }
    pf_host_titles_look(t);
    return t;
}

void pf_host_titles_destroy(struct pf_host_titles *t)
{
    if (!t)
        return;
    free(t->list);
    free(t);
}
