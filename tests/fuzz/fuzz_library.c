/* What launchers and people leave in files: Steam's text, recipes, recordings.
 *
 * Input: the first byte says what; the rest is the text. */
#include "fuzz.h"

#include "library/launch.h"
#include "library/steam_art.h"
#include "library/vdf.h"
#include "session/recorder.h"

#include <string.h>

static void read_vdf(const char *text)
{
    char value[64];
    unsigned n = 0;
    for (const char *at = text; pf_vdf_next(&at, "name", value, sizeof(value)); n++) {
        FUZZ_ASSERT(at <= text + strlen(text));
        FUZZ_ASSERT(strlen(value) < sizeof(value) && !strchr(value, '\n'));
    }
    FUZZ_ASSERT(n <= strlen(text) / 8 + 1);
}

/* Whatever is started without a shell names its title and nothing else. */
static void make_command(const char *kind, const char *value)
{
    const struct pf_launch_facts facts = {true, true};
    struct pf_launch_command c;
    struct pf_error err;
    if (pf_launch_command_make(kind, value, &facts, &c, &err) < 0)
        return;
    size_t n = 0;
    while (c.argv[n])
        n++;
    FUZZ_ASSERT(n >= 2 && n <= PF_LAUNCH_WORDS);
    bool shell = strcmp(c.argv[0], "/bin/sh") == 0;
    FUZZ_ASSERT(shell == (strcmp(kind, "command") == 0));
    FUZZ_ASSERT(shell || !strpbrk(c.argv[n - 1], " ;|`$\"'\\\n<>(){}"));
}

static void read_recording(const char *text, size_t len)
{
    json_t *capture = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    char *csv = pf_recording_to_csv(capture);
    FUZZ_ASSERT(csv && strncmp(csv, "t_ms,", 5) == 0);
    free(csv);
    json_decref(capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = {"steam_appid", "lutris_id", "heroic", "command"};
    if (!size)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    if (data[0] < 4)
        make_command(kinds[data[0]], text);
    else if (data[0] == 4)
        read_recording(text, size - 1);
    else if (data[0] == 5)
        (void)pf_image_media(text, size - 1);
    else
        read_vdf(text);
    free(text);
    return 0;
}
