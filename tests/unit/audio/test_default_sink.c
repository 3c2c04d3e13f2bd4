/* What other programs wrote into the session manager's metadata is read with care. */
#include "audio/pipewire/default_sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *name_of(const char *value)
{
    static char name[PF_PW_NAME_MAX];
    memset(name, 'x', sizeof(name));
    pf_pw_sink_name_of(value, name);
    return name;
}

static void test_names(void **state)
{
    assert_string_equal(name_of("{\"name\":\"alsa_output.pci\"}"), "alsa_output.pci");
    assert_string_equal(name_of("{ \"other\": 1, \"name\" : \"a b\\\"c\" }"), "a b\"c");
    assert_string_equal(name_of(NULL), "");
    assert_string_equal(name_of(""), "");
    assert_string_equal(name_of("{\"name\":7}"), "");
    assert_string_equal(name_of("[\"name\"]"), "");
    assert_string_equal(name_of("{\"name\":\"unfinished"), "");
    char longer[400];
    memset(longer, 'y', sizeof(longer));
    memcpy(longer, "{\"name\":\"", 9);
    strcpy(longer + sizeof(longer) - 3, "\"}");
    assert_int_equal(strlen(name_of(longer)), PF_PW_NAME_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
