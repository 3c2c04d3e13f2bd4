/* What people type: command lines, addresses, the probe's input scripts.
 *
 * Input: the first byte says what; a command line is words with a line feed after each. */
#include "fuzz.h"

#include "base/args.h"
#include "client/input_script.h"
#include "client/options.h"
#include "net/address.h"

#include <string.h>

enum { WORDS = 24 };

static void check_words(char *text, size_t size)
{
    char *words[WORDS + 2] = {(char *)"probe"};
    int count = 1;
    for (char *at = text; at < text + size && count <= WORDS; at += strlen(at) + 1) {
        at[strcspn(at, "\n")] = 0;
        words[count++] = at;
    }
    bool flag = false;
    long number = 5;
    const char *name = NULL, *rest[2] = {0};
    size_t positional = 0;
    const struct pf_arg options[] = {
        {"--flag", 'f', PF_ARG_FLAG, &flag, NULL, "h"},
        {"--number", 'n', PF_ARG_NUMBER, &number, "N", "h", .min = -5, .max = 5},
        {"--name", 0, PF_ARG_TEXT, &name, "TEXT", "h"},
    };
    struct pf_error err;
    if (pf_args_parse(options, 3, count, words, rest, 2, &positional, &err) == 0)
        FUZZ_ASSERT(positional <= 2 && number >= -5 && number <= 5);
    else
        FUZZ_ASSERT(err.text[0]);
    struct probe_options probe;
    if (probe_options_parse(count, words, &probe, &err) < 0)
        FUZZ_ASSERT(err.text[0]);
}

static void check_address(const char *text)
{
    struct sockaddr_storage a, again;
    struct pf_error err;
    char out[PF_ADDRESS_TEXT];
    if (pf_address_parse(text, 9777, &a, &err) < 0) {
        FUZZ_ASSERT(err.text[0]);
        return;
    }
    pf_address_format((const struct sockaddr *)&a, out);
    FUZZ_ASSERT(pf_address_parse(out, 1, &again, NULL) == 0);
    FUZZ_ASSERT(pf_address_equal((const struct sockaddr *)&a, (const struct sockaddr *)&again));
}

static void check_script(const char *text)
{
    struct probe_input_script script = {0};
    struct pf_error err;
    if (probe_input_script_parse(text, &script, &err) < 0)
        return;
    uint64_t last = 0;
    for (size_t i = 0; i < script.count; i++) {
        FUZZ_ASSERT(script.steps[i].at_ns >= last);
        last = script.steps[i].at_ns;
    }
    const uint64_t late = UINT64_MAX - 1;
    size_t done = 0;
    for (;; done++) {
        if (probe_input_script_is_waiting(&script, late))
            probe_input_script_go_on(&script);
        else if (!probe_input_script_due(&script, late))
            break;
    }
    FUZZ_ASSERT(probe_input_script_is_over(&script, late) ? done < script.count : done == script.count);
    FUZZ_ASSERT(probe_input_script_deadline(&script) == UINT64_MAX);
    probe_input_script_finish(&script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    switch (data[0]) {
    case 'w':
        check_words(text, size - 1);
        break;
    case 'a':
        check_address(text);
        break;
    default:
        check_script(text);
    }
    free(text);
    return 0;
}
