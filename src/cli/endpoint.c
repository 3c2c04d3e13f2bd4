#include "cli/endpoint.h"

#include "base/args.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "mgmt-endpoint"
#define PREFIX    "PUNKTFUNK_MGMT_URL=https://127.0.0.1:"

int pf_endpoint_write(const char *dir, uint16_t port, struct pf_error *err)
{
    char line[sizeof(PREFIX) + 8];
    int n = snprintf(line, sizeof(line), PREFIX "%u\n", port);
    char *path = pf_path_join(dir, FILE_NAME);
    int rc = pf_file_write(path, line, (size_t)n, 0644, err);
    free(path);
    return rc;
}

uint16_t pf_endpoint_read(const char *dir, uint16_t fallback)
{
    char *path = pf_path_join(dir, FILE_NAME), *text = NULL;
    size_t len = 0;
    long port = fallback;
    if (pf_file_read(path, 256, &text, &len) == 0) {
        text[strcspn(text, "\r\n")] = 0;
        if (strncmp(text, PREFIX, sizeof(PREFIX) - 1) == 0)
            pf_parse_long(text + sizeof(PREFIX) - 1, 1, UINT16_MAX, &port);
    }
    free(text);
    free(path);
    return (uint16_t)port;
}
