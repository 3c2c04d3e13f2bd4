/* Recordings for spreadsheets. Recordings are files that people may have changed: nothing is taken for
 * granted. */
#include "session/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGES_MAX 16u

static const char *const columns[] = {"t_ms", "session_id", "fps", "repeat_fps", "mbps", "bitrate_kbps",
    "frames_dropped", "packets_dropped", "send_dropped", "fec_recovered"};

static bool is_word(const char *name)
{
    return name && *name && strlen(name) < 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* Names in the order in which they come up. */
static size_t collect_stages(const json_t *samples, const char *names[STAGES_MAX])
{
    size_t n = 0, i, k;
    json_t *sample, *stage;
    json_array_foreach((json_t *)samples, i, sample)
        json_array_foreach(json_object_get(sample, "stages"), k, stage)
    {
        const char *name = json_string_value(json_object_get(stage, "name"));
        bool known = !is_word(name);
        for (size_t m = 0; !known && m < n; m++)
            known = strcmp(names[m], name) == 0;
        if (!known && n < STAGES_MAX)
            names[n++] = name;
    }
    return n;
}

static void put_number(FILE *out, const json_t *value)
{
    if (json_is_integer(value))
        fprintf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(out, "%.3f", json_real_value(value));
}

static const json_t *find_stage(const json_t *sample, const char *name)
{
    size_t i;
    json_t *stage;
    json_array_foreach(json_object_get(sample, "stages"), i, stage)
    {
        const char *have = json_string_value(json_object_get(stage, "name"));
        if (have && strcmp(have, name) == 0)
            return stage;
    }
    return NULL;
}

static void put_sample(FILE *out, const json_t *sample, const char *const *stages, size_t stage_count)
{
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (i)
            fputc(',', out);
        put_number(out, json_object_get(sample, columns[i]));
    }
    for (size_t i = 0; i < stage_count; i++) {
        const json_t *stage = find_stage(sample, stages[i]);
        fputc(',', out);
        put_number(out, json_object_get(stage, "p50_us"));
        fputc(',', out);
        put_number(out, json_object_get(stage, "p99_us"));
    }
    fputs("\r\n", out);
}

char *pf_recording_to_csv(const json_t *capture)
{
    char *text = NULL;
    size_t len = 0, i;
    json_t *sample;
    const json_t *samples = json_object_get(capture, "samples");
    const char *stages[STAGES_MAX];
    size_t stage_count = collect_stages(samples, stages);
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        fprintf(out, "%s%s", i ? "," : "", columns[i]);
    for (i = 0; i < stage_count; i++)
        fprintf(out, ",%s_p50_us,%s_p99_us", stages[i], stages[i]);
    fputs("\r\n", out);
    json_array_foreach((json_t *)samples, i, sample) put_sample(out, sample, stages, stage_count);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
