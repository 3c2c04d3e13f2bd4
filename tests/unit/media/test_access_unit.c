#include "media/access_unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void units_return_and_keep_their_buffers(void **state)
{
    struct pf_access_unit_pool *pool = pf_access_unit_pool_create(2, 16);
    struct pf_access_unit *a = pf_access_unit_take(pool), *b = pf_access_unit_take(pool);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(pf_access_unit_reserve(a, 100000), 0);
    a->idr = true;
    a->len = 5;
    pf_access_unit_return(a);
    struct pf_access_unit *c = pf_access_unit_take(pool);
    assert_ptr_equal(a, c);
    assert_int_equal(c->len, 0);
    assert_false(c->idr);
    assert_true(c->cap >= 100000);
    pf_access_unit_pool_close(pool);
    assert_null(pf_access_unit_take(pool));
    pf_access_unit_return(b);
    pf_access_unit_pool_destroy(pool); /* c is still out */
    memset(c->data, 1, c->cap);
    pf_access_unit_return(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(units_return_and_keep_their_buffers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
