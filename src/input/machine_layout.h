/* The keyboard layout that the machine's owner chose for it, as `localectl` shows it (input-audio-encode.md
 * 9). */
#ifndef PF_INPUT_MACHINE_LAYOUT_H
#define PF_INPUT_MACHINE_LAYOUT_H

#include <stdbool.h>

#define PF_MACHINE_LAYOUT_FILE "/etc/default/keyboard"

/* Empty: not told. */
struct pf_machine_layout {
    char model[64], layout[64], variant[64], options[128];
};

/* Reads a file of lines such as XKBLAYOUT="de,us". False if it is not there or names no layout. */
bool pf_machine_layout_read(const char *path, struct pf_machine_layout *ret_layout);

#endif
