#include "encode/encoder.h"

#include "base/env.h"
#include "encode/backends.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

const struct pf_encoder_backend *const pf_encoder_backends[] = {
#ifdef PF_HAVE_X264
    &pf_encoder_backend_x264,
#endif
#ifdef PF_HAVE_OPENH264
    &pf_encoder_backend_openh264,
#endif
    NULL,
};

/* The words of PUNKTFUNK_ENCODER and which back ends each stands for (4.3). */
static const struct {
    const char *word;
    const char *backend;  /* by name; NULL: any */
    const char *api_name; /* by kind; NULL: any */
} words[] = {
    {"auto", NULL, NULL},
    {"software", NULL, "software"},
    {"sw", NULL, "software"},
    {"x264", "x264", NULL},
    {"openh264", "openh264", NULL},
    {"nvenc", "nvenc", NULL},
    {"nvidia", "nvenc", NULL},
    {"cuda", "nvenc", NULL},
    {"vaapi", "vaapi", NULL},
    {"amd", "vaapi", NULL},
    {"intel", "vaapi", NULL},
};

static int find_word(const char *name)
{
    if (!name || !*name)
        return 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcasecmp(name, words[i].word))
            return (int)i;
    return -1;
}

static bool word_means(int word, const struct pf_encoder_backend *b)
{
    return (!words[word].backend || !strcmp(words[word].backend, b->name)) &&
           (!words[word].api_name || !strcmp(words[word].api_name, b->api_name));
}

const char *pf_encoder_name_from_env(void)
{
    const char *name = pf_env_get("PUNKTFUNK_ENCODER");
    return name ? name : "auto";
}

int pf_encoder_open(const char *name, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder,
    struct pf_error *err)
{
    int word = find_word(name), rc = -ENOTSUP;
    if (word < 0)
        return pf_error_set(err, -EINVAL,
            "'%s' is no encoder that this program knows; set PUNKTFUNK_ENCODER to auto, software, x264 or "
            "openh264",
            name);
    pf_error_set(
        err, rc, "this build has no encoder '%s' for %s", words[word].word, pf_codec_name(params->codec));
    for (size_t i = 0; pf_encoder_backends[i]; i++) {
        const struct pf_encoder_backend *b = pf_encoder_backends[i];
        if (!word_means(word, b) || !(b->codecs & params->codec))
            continue;
        rc = b->open(params, ret_encoder, err);
        if (rc >= 0)
            return rc;
    }
    return rc;
}

unsigned pf_encoder_codecs(const char *name)
{
    int word = find_word(name);
    unsigned codecs = 0;
    for (size_t i = 0; word >= 0 && pf_encoder_backends[i]; i++)
        if (word_means(word, pf_encoder_backends[i]) && !pf_encoder_backends[i]->probe(NULL))
            codecs |= pf_encoder_backends[i]->codecs;
    return codecs;
}

bool pf_encoder_invalidates(const char *name)
{
    int word = find_word(name);
    for (size_t i = 0; word >= 0 && pf_encoder_backends[i]; i++)
        if (word_means(word, pf_encoder_backends[i]) && !pf_encoder_backends[i]->probe(NULL))
            return pf_encoder_backends[i]->invalidates;
    return false;
}
