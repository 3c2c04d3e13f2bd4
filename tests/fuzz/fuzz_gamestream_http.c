/* What a stranger may write into the request line of nvhttp: the query, and the parameters that are read from
 * it. */
#include "fuzz.h"

#include "gamestream/nvhttp/launch.h"
#include "gamestream/nvhttp/xml.h"

#include <stdlib.h>
#include <string.h>

/* Whatever a value holds, the document around it stays one. */
static void echo(const struct pf_gs_query *q)
{
    struct pf_gs_xml x;
    size_t len = 0, open = 0;
    pf_gs_xml_begin(&x, 401, q->count ? q->params[0].value : NULL, q->count ? q->params[0].name : NULL);
    for (size_t i = 0; i < q->count; i++)
        pf_gs_xml_text(&x, "value", q->params[i].value);
    char *text = pf_gs_xml_end(&x, &len);
    FUZZ_ASSERT(text && strlen(text) == len);
    for (size_t i = 0; i < len; i++)
        open += text[i] == '<';
    FUZZ_ASSERT(open == 3 + 2 * q->count);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pf_gs_query q;
    struct pf_gs_launch launch;
    struct pf_error err;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (pf_gs_query_parse(text, &q) == 0) {
        FUZZ_ASSERT(q.count <= PF_GS_QUERY_PARAMS_MAX);
        for (size_t i = 0; i < q.count; i++)
            FUZZ_ASSERT(pf_gs_query_get(&q, q.params[i].name));
        for (int resume = 0; resume < 2; resume++)
            if (pf_gs_launch_parse(&q, resume, &launch, &err) == 0) {
                FUZZ_ASSERT(
                    launch.mode.width <= 8192 && launch.mode.height <= 8192 && launch.mode.refresh_mhz);
                FUZZ_ASSERT(launch.channels == 2 || launch.channels == 6 || launch.channels == 8);
            }
        echo(&q);
    }
    free(text);
    return 0;
}
