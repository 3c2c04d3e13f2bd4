#include "cli/facts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void pf_fact_hostname(char *out, size_t size)
{
    char name[256] = "";
    if (gethostname(name, sizeof(name) - 1) < 0 || !name[0])
        strcpy(name, "punktfunk-host");
    snprintf(out, size, "%s", name);
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
