#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Characters, not bytes; wide ones are rare in names and merely shift a column. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void print_row(const struct pf_table *t, const char *(*cell)(const void *row, size_t column),
    const void *row, const size_t widths[PF_TABLE_COLUMNS])
{
    for (size_t i = 0; t->heads[i]; i++) {
        const char *text = cell(row, i);
        size_t pad = t->heads[i + 1] ? widths[i] - width_of(text) + 2 : 0;
        printf("%s%*s", text, (int)pad, "");
    }
    putchar('\n');
}

static const char *head_cell(const void *row, size_t column)
{
    return ((const char *const *)row)[column];
}

static const char *text_cell(const void *row, size_t column)
{
    return ((const char(*)[96])row)[column];
}

void pf_table_print(
    const struct pf_table *t, const json_t *list, void (*cells)(const json_t *element, char ret_cells[][96]))
{
    size_t n = json_array_size(list), widths[PF_TABLE_COLUMNS];
    char(*texts)[PF_TABLE_COLUMNS][96] = calloc(n + 1, sizeof(*texts));
    if (!texts)
        return;
    if (!n)
        puts(t->empty);
    for (size_t c = 0; t->heads[c]; c++)
        widths[c] = width_of(t->heads[c]);
    for (size_t r = 0; r < n; r++) {
        cells(json_array_get(list, r), texts[r]);
        for (size_t c = 0; t->heads[c]; c++)
            if (width_of(texts[r][c]) > widths[c])
                widths[c] = width_of(texts[r][c]);
    }
    if (n)
        print_row(t, head_cell, t->heads, widths);
    for (size_t r = 0; r < n; r++)
        print_row(t, text_cell, texts[r], widths);
    free(texts);
}

void pf_table_text(const json_t *object, const char *name, char out[96])
{
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value))
        snprintf(out, 96, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(out, 96, "%lld", (long long)json_integer_value(value));
    else
        snprintf(out, 96, "%s", json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "");
}
