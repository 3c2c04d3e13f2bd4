#include "base/args.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
    long a, b;
    bool seen;
};

static int parse_pair(const char *text, void *target, struct pf_error *err)
{
    struct pair *p = target;
    char *end;
    p->seen = true;
    if (!text)
        return 0;
    long a = strtol(text, &end, 10);
    if (*end != ':')
        return pf_error_set(err, -EINVAL, "\"%s\" is not A:B", text);
    p->a = a;
    p->b = strtol(end + 1, NULL, 10);
    return 0;
}

struct values {
    bool json;
    const char *mode;
    long seconds;
    struct pair speed;
    const char *words[2];
    size_t word_count;
    struct pf_error err;
};

static int parse(struct values *v, int argc, const char *const *argv)
{
    *v = (struct values){.seconds = -1};
    const struct pf_arg options[] = {
        {"--json", 'j', PF_ARG_FLAG, &v->json, NULL, "print JSON"},
        {"--mode", 0, PF_ARG_TEXT, &v->mode, "WxH", "display mode"},
        {"--seconds", 0, PF_ARG_NUMBER, &v->seconds, "N", "how long", 1, 60},
        {"--speed-test", 0, PF_ARG_PARSED, &v->speed, "A:B", "measure", .parse = parse_pair,
            .optional = true},
    };
    return pf_args_parse(
        options, COUNT(options), argc, (char *const *)argv, v->words, 2, &v->word_count, &v->err);
}

#define PARSE(v, ...)                                                                                        \
    parse(v, (int)COUNT(((const char *[]){"prog", __VA_ARGS__})), (const char *[]){"prog", __VA_ARGS__})

static void values_reach_their_targets(void **state)
{
    struct values v;
    assert_int_equal(PARSE(&v, "host", "--json", "--mode=1x2", "--seconds", "7", "--", "--odd"), 0);
    assert_true(v.json);
    assert_string_equal(v.mode, "1x2");
    assert_int_equal(v.seconds, 7);
    assert_int_equal(v.word_count, 2);
    assert_string_equal(v.words[0], "host");
    assert_string_equal(v.words[1], "--odd");
    assert_int_equal(PARSE(&v, "-j"), 0);
    assert_true(v.json);
}

static void optional_values(void **state)
{
    struct values v;
    assert_int_equal(PARSE(&v, "--speed-test", "3:4", "host"), 0);
    assert_int_equal(v.speed.b, 4);
    assert_int_equal(v.word_count, 1);
    assert_int_equal(PARSE(&v, "--speed-test", "host"), 0);
    assert_true(v.speed.seen);
    assert_int_equal(v.speed.a, 0);
    assert_string_equal(v.words[0], "host");
    assert_int_equal(PARSE(&v, "--speed-test=host"), -EINVAL);
    assert_string_equal(v.err.text, "--speed-test: \"host\" is not A:B");
}

static void slips_are_explained(void **state)
{
    struct values v;
    assert_int_equal(PARSE(&v, "--secnods", "3"), -EINVAL);
    assert_string_equal(v.err.text, "unknown option --secnods; did you mean --seconds?");
    assert_int_equal(PARSE(&v, "--mdoe=3"), -EINVAL);
    assert_string_equal(v.err.text, "unknown option --mdoe; did you mean --mode?");
    assert_int_equal(PARSE(&v, "--quux-of-doom"), -EINVAL);
    assert_string_equal(v.err.text, "unknown option --quux-of-doom; --help lists them all");
    assert_int_equal(PARSE(&v, "--mode"), -EINVAL);
    assert_string_equal(v.err.text, "--mode needs a value: --mode WxH");
    assert_int_equal(PARSE(&v, "--json=1"), -EINVAL);
    assert_int_equal(PARSE(&v, "--seconds", "61"), -EINVAL);
    assert_string_equal(v.err.text, "--seconds takes a number from 1 to 60, not \"61\"");
    assert_int_equal(PARSE(&v, "--seconds", " 6"), -EINVAL);
    assert_int_equal(PARSE(&v, "a", "b", "c"), -EINVAL);
}

static void nearest_name_has_a_limit(void **state)
{
    const char *names[] = {"serve", "pair", NULL, "devices"};
    assert_string_equal(pf_nearest_name("sevre", names, 4, sizeof(names[0])), "serve");
    assert_string_equal(pf_nearest_name("device", names, 4, sizeof(names[0])), "devices");
    assert_null(pf_nearest_name("xyzzy", names, 4, sizeof(names[0])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_their_targets),
        cmocka_unit_test(optional_values),
        cmocka_unit_test(slips_are_explained),
        cmocka_unit_test(nearest_name_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
