/* Tests that cannot run on this machine or in this build. cmocka counts them as passed; the program's exit
 * status tells Meson. Include it after cmocka.h. */
#ifndef PF_TESTS_SKIP_H
#define PF_TESTS_SKIP_H

static int skipped_tests;

/* Ends the test; the sentence goes on after "skipped, because ". */
#define skip_because(...)                                                                                    \
    do {                                                                                                     \
        print_message("skipped, because " __VA_ARGS__);                                                      \
        print_message("\n");                                                                                 \
        skipped_tests++;                                                                                     \
        skip();                                                                                              \
    } while (0)

/* What main returns. */
static inline int exit_status(int failed)
{
    return failed ? failed : skipped_tests ? 77 : 0;
}

#endif
