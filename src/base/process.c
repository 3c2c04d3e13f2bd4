#include "base/process.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT (64u << 10)

/* Field 22 of the line, counted behind the name, which may contain anything. */
uint64_t pf_process_start_time(pid_t pid)
{
    char path[40], *text;
    size_t len;
    unsigned long long start = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (pf_file_read(path, LIMIT, &text, &len))
        return 0;
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p)
        start = strtoull(p, NULL, 10);
    free(text);
    return start;
}

void pf_boot_id(char ret_id[PF_BOOT_ID_SIZE])
{
    char *text;
    size_t len;
    ret_id[0] = 0;
    if (pf_file_read("/proc/sys/kernel/random/boot_id", LIMIT, &text, &len))
        return;
    snprintf(ret_id, PF_BOOT_ID_SIZE, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
}
