/* Which encoder a word of PUNKTFUNK_ENCODER stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../skip.h"

#include "encode/encoder.h"

#include <errno.h>
#include <string.h>

static void words_choose_back_ends(void **state)
{
    (void)state;
    if (!pf_encoder_backends[0])
        skip_because("this build has no encoder");
    struct pf_encoder_params params = {PF_CODEC_H264, {320, 240, 60000}, 4000};
    static const char *const any[] = {NULL, "", "auto", "software", "sw", "SOFTWARE"};
    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
        struct pf_encoder *enc = NULL;
        assert_int_equal(pf_encoder_open(any[i], &params, &enc, NULL), 0);
        assert_ptr_equal(enc->backend, pf_encoder_backends[0]);
        pf_encoder_close(enc);
        assert_int_equal(pf_encoder_codecs(any[i]), PF_CODEC_H264);
    }
    for (size_t i = 0; pf_encoder_backends[i]; i++) {
        struct pf_encoder *enc = NULL;
        assert_int_equal(pf_encoder_open(pf_encoder_backends[i]->name, &params, &enc, NULL), 0);
        assert_ptr_equal(enc->backend, pf_encoder_backends[i]);
        pf_encoder_close(enc);
    }
    struct pf_encoder *enc = NULL;
    struct pf_error err = {""};
    assert_int_equal(pf_encoder_open("nonsense", &params, &enc, &err), -EINVAL);
    assert_non_null(strstr(err.text, "nonsense"));
    assert_int_equal(pf_encoder_open("nvenc", &params, &enc, &err), -ENOTSUP);
    params.codec = PF_CODEC_AV1;
    assert_int_equal(pf_encoder_open("auto", &params, &enc, &err), -ENOTSUP);
    assert_null(enc);
    assert_int_equal(pf_encoder_codecs("nonsense"), 0);
    assert_int_equal(pf_encoder_codecs("nvenc"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_choose_back_ends)};
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}
