/* Tables for people. */
#ifndef PF_CLI_TABLE_H
#define PF_CLI_TABLE_H

#include <jansson.h>
#include <stddef.h>

#define PF_TABLE_COLUMNS 11u

struct pf_table {
    const char *heads[PF_TABLE_COLUMNS + 1]; /* NULL-terminated */
    const char *empty;                       /* a sentence for a table without rows */
};

/* Prints one row for each element: `cells` writes the texts into its array, each of 96 bytes. */
void pf_table_print(const struct pf_table *table, const json_t *list,
    void (*cells)(const json_t *element, char ret_cells[][96]));

/* The member as text: a string, a number, yes or no; "" if it is absent or null. */
void pf_table_text(const json_t *object, const char *name, char out[96]);

#endif
