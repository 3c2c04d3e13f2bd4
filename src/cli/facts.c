#include "cli/facts.h"

#include "base/env.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void pf_fact_hostname(char out[PF_ADVERT_NAME_SIZE])
{
    char kernel[256] = "";
    const char *name = pf_env_get("PUNKTFUNK_HOST_NAME");
    if (!name && gethostname(kernel, sizeof(kernel) - 1) == 0)
        name = kernel;
    pf_advert_clean(name ? name : "", name ? strlen(name) : 0, out);
    if (!out[0])
        strcpy(out, "punktfunk-host");
}

void pf_fact_local_ip(char *out, size_t size)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(53)}, own;
    socklen_t len = sizeof(own);
    inet_pton(AF_INET, "8.8.8.8", &far.sin_addr);
    snprintf(out, size, "127.0.0.1");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (struct sockaddr *)&far, sizeof(far)) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &len) == 0)
        inet_ntop(AF_INET, &own.sin_addr, out, (socklen_t)size);
    close(fd);
}
