/* The API for people: one page that lists every operation. No script and nothing from elsewhere. */
#include "mgmt/document.h"
#include "mgmt/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : NULL;
        if (entity)
            fputs(entity, out);
        else
            fputc(*text, out);
    }
}

static void put_type(FILE *out, const struct pf_schema *s)
{
    static const char *const words[] = {
        [PF_KIND_STRING] = "string",
        [PF_KIND_BOOL] = "boolean",
        [PF_KIND_ENUM] = "word",
        [PF_KIND_OBJECT] = "object",
        [PF_KIND_UNION] = "object",
        [PF_KIND_MAP] = "object",
        [PF_KIND_F32] = "number",
    };
    if (s->kind == PF_KIND_ARRAY) {
        fputs("list of ", out);
        put_type(out, s->of);
    } else if (s->name) {
        fputs(s->name, out);
    } else {
        const char *word = s->kind < sizeof(words) / sizeof(words[0]) ? words[s->kind] : NULL;
        fputs(word ? word : "integer", out);
    }
}

static void put_fields(FILE *out, const struct pf_schema *s)
{
    fputs("<table><tr><th>member</th><th>type</th><th></th></tr>", out);
    for (size_t i = 0; i < s->count; i++) {
        const struct pf_schema_field *f = &s->fields[i];
        fprintf(out, "<tr><td><code>%s</code>%s</td><td>", f->name, f->required ? "" : " (optional)");
        put_type(out, f->type);
        fputs(f->nullable ? " or null</td><td>" : "</td><td>", out);
        put_text(out, f->description ? f->description : "");
        fputs("</td></tr>\n", out);
    }
    fputs("</table>\n", out);
}

static void put_operation(FILE *out, const struct pf_mgmt_route *r)
{
    static const char *const lanes[] = {
        [PF_MGMT_LANE_OPEN] = "anybody",
        [PF_MGMT_LANE_LOOPBACK] = "this machine",
        [PF_MGMT_LANE_CERTIFICATE] = "paired device, or token from this machine",
        [PF_MGMT_LANE_BEARER] = "token from this machine",
    };
    fprintf(out, "<section><h3 id=\"%s\"><code>%s %s", r->operation_id, r->method, PF_MGMT_BASE_PATH);
    put_text(out, r->path);
    fputs("</code></h3>\n<p>", out);
    put_text(out, r->summary);
    fprintf(out, " <em>For: %s.</em></p>\n<p>Answers: ", lanes[r->lane]);
    for (size_t i = 0; i < sizeof(r->results) / sizeof(r->results[0]) && r->results[i].status; i++) {
        fprintf(out, "%s%u ", i ? ", " : "", r->results[i].status);
        if (r->results[i].type)
            put_type(out, r->results[i].type);
        else if (r->results[i].media)
            fputs(r->results[i].media, out);
    }
    fputs("</p>\n", out);
    for (const struct pf_mgmt_query *q = r->query; q->name; q++) {
        fprintf(out, "<p><code>?%s=</code> ", q->name);
        put_text(out, q->description);
        fputs("</p>\n", out);
    }
    if (r->request) {
        fputs("<p>Takes ", out);
        put_type(out, r->request);
        fputs(":</p>\n", out);
        put_fields(out, r->request);
    }
    fputs("</section>\n", out);
}

static void put_page(FILE *out, const char *version)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>punktfunk management "
          "API</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "</head>\n<body>\n<h1>punktfunk management API</h1>\n<p>Version ",
        out);
    put_text(out, version);
    fputs(
        ". For programs: <a href=\"/api/v1/openapi.json\">the OpenAPI document</a>, which also describes "
        "the types. The token is in the file <code>mgmt-token</code> of the host's configuration folder; it "
        "goes into the header <code>Authorization: Bearer …</code>.</p>\n",
        out);
    for (size_t i = 0; i < pf_mgmt_route_count; i++)
        if (!pf_mgmt_routes[i].base)
            put_operation(out, &pf_mgmt_routes[i]);
    fputs("</body>\n</html>\n", out);
}

char *pf_mgmt_docs_page(const char *version)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    put_page(out, version);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
