#include "display/wlroots/sway_outputs.h"

#include "base/args.h"
#include "display/wlroots/sway_ipc.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static uint32_t number(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n < 0 || n > UINT32_MAX ? 0 : (uint32_t)n;
}

static int32_t coordinate(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n < INT32_MIN || n > INT32_MAX ? 0 : (int32_t)n;
}

static struct pf_mode mode_of(const json_t *object)
{
    return (struct pf_mode){number(object, "width"), number(object, "height"), number(object, "refresh")};
}

static bool is_listed(const json_t *modes, const struct pf_mode *mode)
{
    size_t i;
    json_t *one;
    json_array_foreach(modes, i, one)
    {
        struct pf_mode offered = mode_of(one);
        if (pf_mode_equal(&offered, mode))
            return true;
    }
    return false;
}

static bool parse_output(const json_t *object, struct pf_sway_output *ret_output)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    if (!name || !name[0] || strlen(name) >= sizeof(ret_output->name))
        return false;
    const json_t *mode = json_object_get(object, "current_mode");
    const json_t *rect = json_object_get(object, "rect");
    *ret_output = (struct pf_sway_output){
        .active = json_is_true(json_object_get(object, "active")),
        .focused = json_is_true(json_object_get(object, "focused")),
        .mode = mode_of(mode),
        .x = coordinate(rect, "x"),
        .y = coordinate(rect, "y"),
    };
    const char *transform = json_string_value(json_object_get(object, "transform"));
    if (ret_output->active) {
        double scale = json_number_value(json_object_get(object, "scale"));
        ret_output->scale = scale > 0 && scale < 100 ? scale : 0;
        if (transform && strlen(transform) < sizeof(ret_output->transform))
            strcpy(ret_output->transform, transform);
    }
    ret_output->listed_mode = is_listed(json_object_get(object, "modes"), &ret_output->mode);
    strcpy(ret_output->name, name);
    return true;
}

int pf_sway_outputs_parse(const json_t *reply, struct pf_sway_outputs *ret_outputs)
{
    if (!json_is_array(reply))
        return -EPROTO;
    ret_outputs->count = 0;
    size_t i;
    json_t *object;
    json_array_foreach(reply, i, object)
    {
        if (ret_outputs->count < PF_SWAY_OUTPUTS_MAX &&
            parse_output(object, &ret_outputs->item[ret_outputs->count]))
            ret_outputs->count++;
    }
    return 0;
}

int pf_sway_outputs_get(int fd, struct pf_sway_outputs *ret_outputs, struct pf_error *err)
{
    json_t *reply;
    int rc = pf_sway_request(fd, PF_SWAY_GET_OUTPUTS, "", &reply, err);
    if (rc)
        return rc;
    rc = pf_sway_outputs_parse(reply, ret_outputs);
    json_decref(reply);
    return rc ? pf_error_set(err, rc, "sway's list of outputs makes no sense") : 0;
}

const struct pf_sway_output *pf_sway_outputs_find(const struct pf_sway_outputs *outputs, const char *name)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (!strcmp(outputs->item[i].name, name))
            return &outputs->item[i];
    return NULL;
}

const struct pf_sway_output *pf_sway_outputs_focused(const struct pf_sway_outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->item[i].focused)
            return &outputs->item[i];
    return NULL;
}

unsigned pf_sway_headless_number(const char *name)
{
    static const char prefix[] = "HEADLESS-";
    long n = 0;
    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return 0;
    pf_parse_long(name + sizeof(prefix) - 1, 1, INT_MAX, &n);
    return (unsigned)n;
}

const struct pf_sway_output *pf_sway_outputs_new(
    const struct pf_sway_outputs *before, const struct pf_sway_outputs *now)
{
    const struct pf_sway_output *best = NULL;
    for (size_t i = 0; i < now->count; i++) {
        const struct pf_sway_output *o = &now->item[i];
        unsigned n = pf_sway_headless_number(o->name);
        if (n && !pf_sway_outputs_find(before, o->name) && (!best || n < pf_sway_headless_number(best->name)))
            best = o;
    }
    return best;
}
