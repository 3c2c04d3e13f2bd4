#include "gamestream/nvhttp/xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(struct pf_gs_xml *x, const char *text, size_t len)
{
    if (x->failed)
        return;
    if (x->cap - x->len <= len) {
        size_t cap = 2 * (x->len + len) + 256;
        char *more = realloc(x->text, cap);
        if (!more) {
            x->failed = true;
            return;
        }
        x->text = more;
        x->cap = cap;
    }
    memcpy(x->text + x->len, text, len);
    x->len += len;
    x->text[x->len] = 0;
}

static void put_text(struct pf_gs_xml *x, const char *text)
{
    put(x, text, strlen(text));
}

static void escaped(struct pf_gs_xml *x, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '&')
            put_text(x, "&amp;");
        else if (*p == '<')
            put_text(x, "&lt;");
        else if (*p == '>')
            put_text(x, "&gt;");
        else if (*p == '"')
            put_text(x, "&quot;");
        else if ((unsigned char)*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')
            put_text(x, "?");
        else
            put(x, p, 1);
    }
}

static void attribute(struct pf_gs_xml *x, const char *name, const char *value)
{
    if (!value)
        return;
    put_text(x, " ");
    put_text(x, name);
    put_text(x, "=\"");
    escaped(x, value);
    put_text(x, "\"");
}

void pf_gs_xml_begin(struct pf_gs_xml *x, int status_code, const char *message, const char *query)
{
    char number[16];
    *x = (struct pf_gs_xml){0};
    snprintf(number, sizeof(number), "%d", status_code);
    put_text(x, "<?xml version=\"1.0\" encoding=\"utf-8\"?><root");
    attribute(x, "status_code", number);
    attribute(x, "query", query);
    attribute(x, "status_message", message);
    put_text(x, ">");
}

char *pf_gs_xml_end(struct pf_gs_xml *x, size_t *ret_len)
{
    put_text(x, "</root>");
    if (x->failed) {
        free(x->text);
        return NULL;
    }
    *ret_len = x->len;
    return x->text;
}

void pf_gs_xml_open(struct pf_gs_xml *x, const char *name)
{
    put_text(x, "<");
    put_text(x, name);
    put_text(x, ">");
}

void pf_gs_xml_close(struct pf_gs_xml *x, const char *name)
{
    put_text(x, "</");
    put_text(x, name);
    put_text(x, ">");
}

void pf_gs_xml_text(struct pf_gs_xml *x, const char *name, const char *text)
{
    pf_gs_xml_open(x, name);
    escaped(x, text);
    pf_gs_xml_close(x, name);
}

void pf_gs_xml_number(struct pf_gs_xml *x, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, number);
    pf_gs_xml_text(x, name, text);
}
